import type { HotConfigIssue } from '../../contract/index.js';
import { formatPath, memberOf, membersOf } from '../../document/index.js';
import { isPlainObject } from '../plain.js';
import { unknownKeyIssue } from '../unknown-key.js';
import { type ClassModel, type ClassModels, isErased, type Property } from './class-model.js';
import { isCollection, plainDefault } from './plain-default.js';
import { isObject } from './probe.js';
import { scalarProblem } from './scalars.js';
import { problemsOf } from './start-check.js';
import { subtypeProblem } from './subtypes.js';

/** A place where a part of the document was lost, or has become another kind of thing. */
export interface Loss {
  readonly at: readonly string[];
  /** What class-validator says of the same place only follows from it. */
  readonly overrules: boolean;
  readonly describe: () => HotConfigIssue;
}

type Holder = Record<string, unknown>;

/** The property that a value belongs to, as a whole or as a member of its collection, and the class that has the property. */
interface Owner {
  readonly model: ClassModel;
  readonly property: Property;
}

/** Stands for the document of an instance that the class itself has made: it gave nothing, so nothing of it is lost. */
const OF_DEFAULT = {};

/**
 * Goes through an instance and the document side by side, before class-validator does: it cannot see what class-transformer has
 * left out on the way, and lets a list pass for an object. What a `@Transform` made is taken as it is: its source is undefined.
 */
export class LossCheck {
  readonly losses: Loss[] = [];
  /** Instances that a `@Transform` made and no `@ValidateNested` covers. */
  readonly unvalidated: { readonly instance: object; readonly at: readonly string[]; source?: undefined }[] =
    [];
  /** Where the walk is. */
  private readonly path: string[] = [];

  constructor(
    private readonly models: ClassModels,
    private readonly unknownKeys: 'reject' | 'allow',
    private readonly checked: Set<ClassModel>,
  ) {}

  visitObject(instance: object, model: ClassModel, source: unknown, owner?: Owner): void {
    const holder = instance as Holder;
    if (!this.checked.has(model)) this.checkClass(model);
    for (const property of model.properties.values()) {
      this.path.push(model.keyIn(source, property));
      this.visitProperty(holder, source, { model, property });
      this.path.pop();
    }
    for (const name of model.undecorated)
      if (holder[name] === undefined) Reflect.deleteProperty(holder, name);
    this.visitKeys(holder, model, source, owner);
  }

  /** A class that only a discriminator or a `@Transform` leads to is not known at the start. */
  private checkClass(model: ClassModel): void {
    const problems = problemsOf(model, this.models, this.unknownKeys);
    if (problems.length === 0) this.checked.add(model);
    for (const problem of problems) this.lose(`cannot be checked: ${problem}`);
  }

  private visitProperty(holder: Holder, source: unknown, owner: Owner): void {
    const { model, property } = owner;
    const { name, isTransformed, isNested } = property;
    let given = memberOf(source, this.path.at(-1) ?? '');
    if (given === undefined && isNested && !isTransformed && source !== undefined) {
      const made = plainDefault(model, property, holder[name]);
      if (made) holder[name] = made.value;
      given = made?.given ?? OF_DEFAULT;
    }
    const value = holder[name];
    if (value === undefined) Reflect.deleteProperty(holder, name);
    // `@IsOptional` and `@ValidateIf` take a property out of all checks, as in class-validator.
    if (!property.conditions.every((isChecked) => isChecked(holder, value))) return;
    const problem = shapeProblem(property, value);
    if (problem !== undefined) return this.lose(problem);
    if (value === undefined || value === null) return;
    if (isTransformed && typeof value === 'object') given = undefined;
    this.visitValue(value, given, owner);
  }

  private visitValue(value: unknown, source: unknown, owner: Owner): void {
    const { isNested, isTransformed } = owner.property;
    if (!isCollection(value)) {
      if (isObject(value) && !(value instanceof Date)) return this.visitPart(value, source, owner);
      const problem = scalarProblem(owner.model, owner.property, source, value);
      if (problem !== undefined) this.lose(problem, true);
      return;
    }
    const members = membersOf(value);
    const hasObjects = isNested && members.some(([, member]) => isObject(member));
    for (const [key, member] of members) {
      this.path.push(key);
      if (isNested && !isObject(member) && (hasObjects || !Array.isArray(member)))
        this.lose(isTransformed ? NOT_MADE : 'must be an object');
      else this.visitValue(member, memberOf(source, key), owner);
      this.path.pop();
    }
  }

  private visitPart(part: object, source: unknown, owner: Owner): void {
    const { isNested, isTransformed } = owner.property;
    if (!isNested && !isTransformed) return;
    const wrong =
      source === OF_DEFAULT
        ? undefined
        : subtypeProblem(this.models, owner.model, owner.property, source, part);
    if (wrong) return this.lose(wrong);
    const model = this.models.ofValue(part);
    if (!model) return;
    if (!isNested) this.unvalidated.push({ instance: part, at: [...this.path] });
    this.visitObject(part, model, source, owner);
  }

  /** Keys of the document that came to nothing, and properties that nobody knows. */
  private visitKeys(holder: Holder, model: ClassModel, source: unknown, owner: Owner | undefined): void {
    const isKnown = isObject(source);
    const unknown = Object.keys(isKnown ? source : holder).filter((key) => {
      const property = model.byKey.get(key);
      if (property) return isKnown && property.isLeftOut;
      if (key === owner?.property.discriminator) return false;
      return isKnown ? !model.takes(key) : !Object.hasOwn(model.fresh ?? {}, key);
    });
    if (unknown.length === 0) return;
    const advice = mapAdvice(source, unknown, owner);
    for (const key of unknown) {
      const isLeftOut = model.byKey.has(key);
      if (this.unknownKeys === 'reject') this.loseKey(key, model, isLeftOut, advice);
      else if (!isLeftOut) Reflect.deleteProperty(holder, key);
    }
  }

  private loseKey(key: string, model: ClassModel, isLeftOut: boolean, advice: string): void {
    const at = [...this.path, key];
    const describe = (): HotConfigIssue => {
      if (isLeftOut) return { path: formatPath(at), message: LEFT_OUT };
      const issue = unknownKeyIssue(at, model.knownKeys);
      return { ...issue, message: issue.message + advice };
    };
    this.losses.push({ at, overrules: true, describe });
  }

  private lose(message: string | (() => string), overrules = false): void {
    const at = [...this.path];
    const describe = (): HotConfigIssue => ({
      path: formatPath(at),
      message: typeof message === 'string' ? message : message(),
    });
    this.losses.push({ at, overrules, describe });
  }
}

const NOT_MADE =
  'must be an object after its @Transform; where other members are allowed, leave @ValidateNested() out: instances of config classes are checked all the same';
const LEFT_OUT = 'cannot be set: @Exclude() or the groups of @Expose() leave it out';

/** A path as the key of a set. */
export function pathId(at: readonly string[]): string {
  return JSON.stringify(at);
}

function shapeProblem({ kind, isNested }: Property, value: unknown): string | undefined {
  if (value === undefined && isNested)
    return kind === 'object' ? 'is missing; an object belongs here' : 'is missing';
  if (value === undefined || (value === null && !isNested)) return undefined;
  if (kind === 'list' && !Array.isArray(value)) return 'must be a list';
  if (kind === 'set' && !(value instanceof Set)) return 'must be a list';
  if (kind === 'map' && !(value instanceof Map)) return 'must be an object';
  if (kind === 'object' && isNested && !isObject(value)) return 'must be an object';
  return undefined;
}

/** Objects by names, where the class has an object of known names: probably a Map that the compiler or class-transformer lost. */
function mapAdvice(source: unknown, unknown: readonly string[], owner: Owner | undefined): string {
  if (!owner || !isObject(source)) return '';
  const values = Object.values(source);
  if (values.length !== unknown.length || !values.every(isPlainObject)) return '';
  if (owner.property.kind === 'map')
    return '; class-transformer makes no Map in a Map: for one, make a class for the members, with a Map in it, or use @Transform';
  const isLost = isErased(owner.property.declared);
  return isLost ? '; for a Map declare the property as Map, without "| undefined"' : '';
}
