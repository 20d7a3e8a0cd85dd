import { HotConfigSetupError } from '../../contract/index.js';
import { type Class, type ClassValidator, type PropertyRule, requireValidator } from './peers.js';

const PREFIX = 'nestjs-hot-config.';

/**
 * The kind of rule that `@Allow` makes: class-validator runs nothing for it. A mark of the usual kind, put on a property again in a
 * subclass, would hide the rules of the base class.
 */
const PASSES_ALL = 'whitelistValidation';

class NoCode {}

/**
 * A mark that decorators put on properties of config classes. It holds for everything below a property too. It is kept as a rule of
 * class-validator, so that `PickType` and the like of @nestjs/mapped-types copy it.
 */
export class PropertyMark {
  private readonly id: string;
  private readonly known = new WeakMap<object, ReadonlySet<string>>();

  constructor(private readonly decorator: string) {
    this.id = PREFIX + decorator;
  }

  decorate(): PropertyDecorator {
    return (prototype, propertyName) => {
      const target: unknown = typeof prototype === 'object' ? prototype?.constructor : undefined;
      if (typeof target !== 'function' || typeof propertyName !== 'string') {
        throw new HotConfigSetupError(
          `@${this.decorator}() was put on ${String(propertyName)}, which is not a property of a class instance. Put it on a property with a string name, and compile with "experimentalDecorators".`,
        );
      }
      const rule = { name: PASSES_ALL, target, propertyName, validator: NoCode, constraints: [this.id] };
      validator(this.decorator).registerDecorator(rule);
    };
  }

  /** Whether a class has the mark on a property, or one of its bases, or one that its properties were copied from. */
  isOn(type: object, name: string): boolean {
    return this.namesOn(type).has(name);
  }

  private namesOn(type: object): ReadonlySet<string> {
    const known = this.known.get(type);
    if (known) return known;
    const storage = validator(this.decorator).getMetadataStorage();
    const names = new Set<string>();
    // Class by class: class-validator leaves out a rule of a base class when the class itself has one of the same kind.
    for (let owner: unknown = type; isClass(owner); owner = Object.getPrototypeOf(owner))
      for (const rule of storage.getTargetValidationMetadatas(owner, '', false, false))
        if (rule.constraints?.[0] === this.id) names.add(rule.propertyName);
    this.known.set(type, names);
    return names;
  }
}

export function isMark({ constraints }: PropertyRule): boolean {
  const id = constraints?.[0];
  return typeof id === 'string' && id.startsWith(PREFIX);
}

export const sensitive = new PropertyMark('Sensitive');
export const restartRequired = new PropertyMark('RestartRequired');

/** Marks a property that must never be shown, nor anything below it: not in logs, status, diffs, health or pages. */
export function Sensitive(): PropertyDecorator {
  return sensitive.decorate();
}

/**
 * Marks a property that only a restart can change, and everything below it: a port, a number of workers. A document that
 * changes it is applied except for this property, which keeps its startup value and is listed in `status.pendingRestart`.
 */
export function RestartRequired(): PropertyDecorator {
  return restartRequired.decorate();
}

let loaded: ClassValidator | undefined;

function validator(decorator: string): ClassValidator {
  return (loaded ??= requireValidator(decorator));
}

export function isClass(type: unknown): type is Class {
  return typeof type === 'function' && typeof type.prototype === 'object' && type.prototype !== null;
}
