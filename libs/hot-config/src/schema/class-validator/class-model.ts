import { memberOf } from '../../document/index.js';
import { type Access, AccessRecorder } from './access-recorder.js';
import { isClass, isMark } from './marks.js';
import type { Class, Peers, PropertyRule } from './peers.js';
import { classOf, isObject, type Making, makingOf, OPTIONS, remade, subtypeNameOf } from './probe.js';

/** A property with validation rules. */
export interface Property extends Making, Access {
  readonly name: string;
  readonly rules: readonly PropertyRule[];
  /** The type that the compiler left: `Object` for unions and interfaces, undefined without decorator metadata. */
  readonly declared: unknown;
  /** What the value is; undefined where that is left to the rules. */
  readonly kind: 'list' | 'set' | 'map' | 'object' | undefined;
  readonly isNested: boolean;
  /** Of `@IsOptional` and `@ValidateIf`: false when the property is not to be checked. */
  readonly conditions: readonly ((holder: object, value: unknown) => unknown)[];
  /** The object that `@IsEnum` was given. */
  readonly enumeration: object | undefined;
}

/** Keys come from documents, so there is a limit to how many are kept. */
const MOST_KEYS = 1_000;

/** What class-validator, class-transformer and the compiler know of one class, looked up once. */
export class ClassModel {
  readonly properties: ReadonlyMap<string, Property>;
  /** By the names that a document may use. */
  readonly byKey: ReadonlyMap<string, Property>;
  /** An instance as the initializers make it; undefined when the constructor throws. */
  readonly fresh: Record<string, unknown> | undefined;
  /** Properties that every instance has and no rule checks; methods are no part of a config. */
  readonly undecorated: readonly string[];
  /** Properties with `@Sensitive` or `@RestartRequired` and no rule: class-validator takes the mark for one. */
  readonly onlyMarked: readonly string[];
  private readonly recorder: AccessRecorder;
  private readonly secondNames = new Map<string, string | undefined>();
  private readonly subtypeNames = new Map<string, Map<Class, unknown>>();

  constructor(
    readonly type: Class,
    allRules: readonly PropertyRule[],
    private readonly peers: Peers,
  ) {
    this.fresh = this.make();
    this.recorder = new AccessRecorder(peers.transformer, type);
    const rules = byProperty(allRules);
    const names = [...rules.keys()];
    const isRuled = (name: string): boolean => rules.get(name)?.some((rule) => !isMark(rule)) ?? false;
    this.onlyMarked = names.filter((name) => !isRuled(name));
    const ruled = names.filter(isRuled);
    const accesses = this.recorder.of(ruled);
    this.properties = new Map(
      ruled.map((name) => {
        const access = accesses.get(name) ?? { key: name, hasVaryingType: false };
        return [name, this.propertyOf(name, access, rules.get(name) ?? [])];
      }),
    );
    const properties = [...this.properties.values()];
    this.byKey = new Map([
      ...properties.map((property) => [property.name, property] as const),
      ...properties.map((property) => [property.key, property] as const),
    ]);
    this.undecorated = Object.entries(this.fresh ?? {})
      .filter(([name, value]) => !rules.has(name) && typeof value !== 'function')
      .map(([name]) => name);
  }

  get knownKeys(): readonly string[] {
    return [...this.properties.values()].filter(({ isLeftOut }) => !isLeftOut).map(({ key }) => key);
  }

  /** The key that a document has for a property: class-transformer takes every name that `@Expose` gives, and the property's own. */
  keyIn(source: unknown, { name, key }: Pick<Property, 'name' | 'key'>): string {
    const isIn = (one: string): boolean => memberOf(source, one) !== undefined;
    if (isIn(key)) return key;
    if (isIn(name)) return name;
    const keys = isObject(source) ? Object.keys(source) : [];
    return keys.find((one) => this.propertyAt(one)?.name === name) ?? key;
  }

  /** The property that a key of a document sets. */
  propertyAt(key: string): Property | undefined {
    return this.byKey.get(key) ?? this.properties.get(this.secondName(key) ?? '');
  }

  /** Whether a key without a rule comes to something all the same: it has a setter, or is a second name of a property. */
  takes(key: string): boolean {
    return hasSetter(this.type.prototype, key) || this.propertyAt(key) !== undefined;
  }

  /** What class-transformer makes of one part of a document. */
  convert({ name, key }: Property, value: unknown): unknown {
    return remade(this.peers.transformer, this.type, name, key, value).value;
  }

  /** The name that the discriminator of a property has for a class. */
  subtypeName({ name, discriminator = '' }: Property, subtype: Class): unknown {
    const names = this.subtypeNames.get(name) ?? new Map<Class, unknown>();
    this.subtypeNames.set(name, names);
    if (!names.has(subtype)) {
      const property = { name, discriminator };
      names.set(subtype, subtypeNameOf(this.peers.transformer, this.type, property, subtype));
    }
    return names.get(subtype);
  }

  usedSubtypeNames({ name }: Property): readonly unknown[] {
    return [...(this.subtypeNames.get(name)?.values() ?? [])].filter((used) => used !== undefined);
  }

  private make(): Record<string, unknown> | undefined {
    try {
      return this.peers.transformer.plainToInstance(this.type, {}, OPTIONS) as Record<string, unknown>;
    } catch {
      return undefined;
    }
  }

  private propertyOf(name: string, access: Access, withMarks: readonly PropertyRule[]): Property {
    const rules = withMarks.filter((rule) => !isMark(rule));
    const making = makingOf(this.peers.transformer, this.type, name, access.key);
    const declared = declaredType(this.type, name);
    const isNested = rules.some(({ type }) => type === 'nestedValidation');
    const conditions = rules
      .filter(({ type }) => type === 'conditionalValidation')
      .map(({ constraints }) => constraints?.[0] as Property['conditions'][0]);
    const enumeration = rules.find((rule) => rule.name === 'isEnum')?.constraints?.[0] as object | undefined;
    const property = { ...making, ...access, name, rules, declared, isNested, conditions, enumeration };
    return { ...property, kind: kindOf(property, this.fresh?.[name]) };
  }

  /** `@Expose` for the way out only gives a name that class-transformer takes on the way in too. */
  private secondName(key: string): string | undefined {
    if (this.secondNames.has(key)) return this.secondNames.get(key);
    const found = [...this.recorder.of([key])].find(([name, access]) => access.key === key && name !== key);
    if (this.secondNames.size < MOST_KEYS) this.secondNames.set(key, found?.[0]);
    return found?.[0];
  }
}

/** The models of all classes that are met, by class. */
export class ClassModels {
  private readonly models = new Map<unknown, ClassModel | undefined>();

  constructor(readonly peers: Peers) {}

  /** Undefined for what is no class, or has no rule. */
  of(type: unknown): ClassModel | undefined {
    if (typeof type !== 'function' || NO_CONFIG.has(type)) return undefined;
    const known = this.models.get(type);
    if (known || this.models.has(type)) return known;
    const rules = rulesOf(this.peers, type as Class);
    const model = rules.length === 0 ? undefined : new ClassModel(type as Class, rules, this.peers);
    this.models.set(type, model);
    return model;
  }

  ofValue(value: unknown): ClassModel | undefined {
    return this.of(classOf(value));
  }
}

const NO_CONFIG = new Set<unknown>([Object, Array, Map, Set, String, Number, Boolean, Date]);

function rulesOf(peers: Peers, type: Class): readonly PropertyRule[] {
  const rules = peers.validator.getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const base: unknown = Object.getPrototypeOf(type);
  if (!isClass(base)) return rules;
  // A mark that a subclass puts on a property again hides an @Allow of its base.
  const ruled = new Set(rules.filter((rule) => !isMark(rule)).map(({ propertyName }) => propertyName));
  return [...rules, ...rulesOf(peers, base).filter(({ propertyName }) => !ruled.has(propertyName))];
}

/** The type that the compiler left for a decorated property. */
export function declaredType(type: object, name: string): unknown {
  const { getMetadata } = Reflect as { getMetadata?: (kind: string, on: object, name: string) => unknown };
  const prototype: unknown = 'prototype' in type ? type.prototype : undefined;
  return isObject(prototype) ? getMetadata?.('design:type', prototype, name) : undefined;
}

/** Whether the compiler left nothing that tells: no metadata, or `Object` for a union. */
export function isErased(declared: unknown): boolean {
  return declared === undefined || declared === Object;
}

/** The declared type tells, else the default, else rules about arrays. */
function kindOf(
  { declared, isTransformed, isNested, rules, type }: Omit<Property, 'kind'>,
  usual: unknown,
): Property['kind'] {
  const ofDeclared = kindOfClass(declared);
  if (ofDeclared || isTransformed) return ofDeclared;
  if (!isErased(declared)) return isNested ? 'object' : undefined;
  const isOfMembers = type !== undefined || rules.some(({ each }) => each);
  if (isOfMembers && kindOfClass(usual?.constructor)) return kindOfClass(usual?.constructor);
  if (rules.some(({ name, each }) => !each && name !== undefined && /array/i.test(name))) return 'list';
  return isNested && !rules.some(({ each }) => each) ? 'object' : undefined;
}

function kindOfClass(type: unknown): Property['kind'] {
  return type === Array ? 'list' : type === Set ? 'set' : type === Map ? 'map' : undefined;
}

function hasSetter(prototype: unknown, key: string): boolean {
  for (let owner = prototype; isObject(owner); owner = Object.getPrototypeOf(owner)) {
    const property = Object.getOwnPropertyDescriptor(owner, key);
    if (property) return property.set !== undefined;
  }
  return false;
}

function byProperty(rules: readonly PropertyRule[]): Map<string, PropertyRule[]> {
  const groups = new Map<string, PropertyRule[]>();
  for (const rule of rules) groups.set(rule.propertyName, [...(groups.get(rule.propertyName) ?? []), rule]);
  return groups;
}
