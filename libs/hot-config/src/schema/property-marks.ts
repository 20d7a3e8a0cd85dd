import { HotConfigSetupError } from '../contract/index.js';
import { memberOf } from '../document/index.js';
import { hasMirroredMark, mirrorMark } from './mark-mirror.js';
import { PerKey } from './per-key.js';
import { classOf } from './plain.js';
import { transformRules } from './transform-rules.js';

/** A mark that decorators put on properties of config classes. It holds for everything below a property too. */
class PropertyMark {
  /** Of the global registry, so that the ESM and the CommonJS build of this library agree on it. */
  private readonly symbol: symbol;
  private readonly known = new PerKey<boolean>();

  constructor(
    private readonly name: string,
    private readonly decorator: string,
  ) {
    this.symbol = Symbol.for(`nestjs-hot-config.${name}`);
  }

  put(): PropertyDecorator {
    return (prototype, name) => {
      const holder: unknown = typeof prototype === 'object' ? prototype?.constructor : undefined;
      if (typeof holder !== 'function' || typeof name !== 'string') {
        throw new HotConfigSetupError(
          `@${this.decorator}() was put on ${String(name)}, which is not a property of a class instance. Put it on a property with a string name, and compile with "experimentalDecorators".`,
        );
      }
      Object.defineProperty(holder, this.symbol, {
        value: new Set([...this.namesOf(holder), name]),
        configurable: true,
      });
      mirrorMark(this.name, holder, name);
    };
  }

  /**
   * Whether a path of a value, or of its document, crosses a marked property. Each holder is asked for its class; where
   * the value ends before the path does, the declared types go on, as far as the compiler has left them.
   */
  isCrossed(declared: object, value: unknown, path: readonly string[]): boolean {
    const transforms = transformRules();
    let holder = value;
    let type: unknown = declared;
    for (const key of path) {
      const types = [classOf(holder), type];
      // `@Expose({ name })` gives a property another name in the document.
      const name = types.map((one) => transforms.propertyOf(one, key)).find((one) => one !== key) ?? key;
      if (types.some((one) => this.isOn(one, key) || this.isOn(one, name))) return true;
      holder = memberOf(holder, name) ?? memberOf(holder, key);
      type = typeof type === 'function' ? declaredType(type, name) : undefined;
    }
    return false;
  }

  /** Whether a class has it on the property, or one of its bases, or one that its properties were copied from. */
  private isOn(declared: unknown, name: string): boolean {
    return typeof declared === 'function' && this.known.of(declared, name, () => this.isPut(declared, name));
  }

  private isPut(declared: object, name: string): boolean {
    if (hasMirroredMark(this.name, declared, name)) return true;
    for (
      let holder: unknown = declared;
      typeof holder === 'function';
      holder = Object.getPrototypeOf(holder)
    ) {
      if (this.namesOf(holder).has(name)) return true;
    }
    return false;
  }

  private namesOf(holder: object): ReadonlySet<string> {
    if (!Object.hasOwn(holder, this.symbol)) return new Set();
    return (holder as { [mark: symbol]: ReadonlySet<string> })[this.symbol] ?? new Set();
  }
}

export const sensitive = new PropertyMark('sensitive', 'Sensitive');
export const restartRequired = new PropertyMark('restart-required', 'RestartRequired');

/** Marks a property that must never be shown, nor anything below it: not in logs, status, diffs, health or pages. */
export function Sensitive(): PropertyDecorator {
  return sensitive.put();
}

/**
 * Marks a property that only a restart can change, and everything below it: a port, a number of workers. A document that
 * changes it is applied except for this property, which keeps its startup value and is listed in `status.pendingRestart`.
 */
export function RestartRequired(): PropertyDecorator {
  return restartRequired.put();
}

/** The type that the compiler left for a decorated property; undefined without decorator metadata. */
export function declaredType(holder: object, name: string): unknown {
  const { getMetadata } = Reflect as { getMetadata?: (kind: string, on: object, name: string) => unknown };
  const prototype: unknown = 'prototype' in holder ? holder.prototype : undefined;
  if (typeof prototype !== 'object' || prototype === null) return undefined;
  return getMetadata?.('design:type', prototype, name);
}
