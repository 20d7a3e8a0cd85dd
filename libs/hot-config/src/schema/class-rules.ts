import { isMirroredMark } from './mark-mirror.js';
import type { ClassValidator, Constraint, PropertyRule } from './peers.js';

/** Looked up once for each class: a document may have thousands of instances. */
interface Known {
  readonly rules: readonly PropertyRule[];
  readonly byName: ReadonlyMap<string, readonly PropertyRule[]>;
  readonly names: readonly string[];
  /** Properties with a mark of this library and no rule. */
  readonly onlyMarked: readonly string[];
}

/** Reads what class-validator's decorators say about the class of a value. */
export class ClassRules {
  private readonly known = new Map<unknown, Known>();
  private readonly builtIn: ReadonlySet<unknown>;

  constructor(private readonly validator: ClassValidator) {
    // The package exports the name of each of its own constraints: IS_STRING = 'isString'.
    this.builtIn = new Set(Object.values(validator).filter((exported) => typeof exported === 'string'));
  }

  of(holder: object): readonly PropertyRule[] {
    return this.ofClass(holder.constructor);
  }

  ofClass(type: unknown): readonly PropertyRule[] {
    return this.allOf(type).rules;
  }

  /** Properties with a mark of this library and no rule. class-validator takes the mark for one, and lets anything pass. */
  onlyMarked(holder: object): readonly string[] {
    return this.allOf(holder.constructor).onlyMarked;
  }

  names(holder: object): readonly string[] {
    return this.allOf(holder.constructor).names;
  }

  onProperty(holder: object, name: string): readonly PropertyRule[] {
    return this.allOf(holder.constructor).byName.get(name) ?? [];
  }

  /** Texts that the decorators of a property were given: the members of `@IsIn`, the limits of `@Min`. */
  vocabulary(holder: object, name: string): readonly string[] {
    return this.onProperty(holder, name)
      .flatMap(({ constraints }) => constraints ?? [])
      .flatMap((constraint): unknown[] => (Array.isArray(constraint) ? constraint : [constraint]))
      .filter((word) => typeof word === 'string' || typeof word === 'number')
      .map(String);
  }

  /**
   * Whether the message of a failed constraint cannot hold a value: a fixed text without `$value`, or the default text of
   * a constraint of class-validator's own. All else may have been made from anything that the constraint saw.
   */
  tellsNoValue(error: PropertyFailure, constraint: string): boolean {
    const rules = this.onProperty(error.holder, error.property).filter(
      (rule) => (rule.name ?? rule.type) === constraint || this.constraintName(rule) === constraint,
    );
    return rules.length > 0 && rules.every((rule) => this.isFixed(rule, constraint, error));
  }

  private allOf(type: unknown): Known {
    const known = this.known.get(type) ?? this.lookUp(type);
    this.known.set(type, known);
    return known;
  }

  private lookUp(type: unknown): Known {
    const all =
      typeof type === 'function'
        ? this.validator.getMetadataStorage().getTargetValidationMetadatas(type, '', false, false)
        : [];
    const rules = all.filter((rule) => !isMirroredMark(rule));
    const byName = new Map<string, PropertyRule[]>();
    for (const rule of rules) byName.set(rule.propertyName, [...(byName.get(rule.propertyName) ?? []), rule]);
    const marked = all.filter(isMirroredMark).map(({ propertyName }) => propertyName);
    const onlyMarked = marked.filter((name) => !byName.has(name));
    return { rules, byName, names: [...byName.keys()], onlyMarked };
  }

  private isFixed(rule: PropertyRule, constraint: string, error: PropertyFailure): boolean {
    if (typeof rule.message === 'string' && rule.message !== '') return !rule.message.includes('$value');
    if (rule.message || !this.builtIn.has(constraint)) return false;
    const template = this.defaultMessage(rule, error, error.value);
    // Somebody else's constraint may have taken the name of a built-in one: then the text follows the value.
    return (
      template !== undefined &&
      !template.includes('$value') &&
      template === this.defaultMessage(rule, { ...error, holder: {} }, 'another value')
    );
  }

  private constraintName(rule: PropertyRule): string | undefined {
    return this.constraintsOf(rule)[0]?.name;
  }

  private constraintsOf({ constraintCls }: PropertyRule): readonly Constraint[] {
    if (!constraintCls) return [];
    return this.validator.getMetadataStorage().getTargetValidatorConstraints(constraintCls) ?? [];
  }

  private defaultMessage(rule: PropertyRule, error: PropertyFailure, value: unknown): string | undefined {
    try {
      return this.constraintsOf(rule)[0]?.instance.defaultMessage?.({
        value,
        object: error.holder,
        property: error.property,
        constraints: [...(rule.constraints ?? [])],
        targetName: error.holder.constructor.name,
      });
    } catch {
      return undefined;
    }
  }
}

/** Where a constraint failed. */
export interface PropertyFailure {
  readonly holder: object;
  readonly property: string;
  readonly value: unknown;
}
