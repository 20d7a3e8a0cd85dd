import { HotConfigSetupError } from '../contract/index.js';
import { memberOf } from './plain.js';

/** Of the global registry, so that the ESM and the CommonJS build of this library agree on it. */
const SENSITIVE = Symbol.for('nestjs-hot-config.sensitive');

/** Marks a property that is never to be shown, nor anything below it: not in logs, status, diffs, health or pages. */
export function Sensitive(): PropertyDecorator {
  return (prototype, name) => {
    const holder: unknown = typeof prototype === 'object' ? prototype?.constructor : undefined;
    if (typeof holder !== 'function' || typeof name !== 'string') {
      throw new HotConfigSetupError(
        `@Sensitive() was put on ${String(name)}, which is no property of a class instance. Put it on a property that has a name, and compile with "experimentalDecorators".`,
      );
    }
    Object.defineProperty(holder, SENSITIVE, {
      value: new Set([...ownNames(holder), name]),
      configurable: true,
    });
  };
}

/** Whether a class or one of its bases marks the property. */
function marks(declared: unknown, name: string): boolean {
  for (let holder = declared; typeof holder === 'function'; holder = Object.getPrototypeOf(holder)) {
    if (ownNames(holder).has(name)) return true;
  }
  return false;
}

function ownNames(holder: object): ReadonlySet<string> {
  if (!Object.hasOwn(holder, SENSITIVE)) return new Set();
  return (holder as { [SENSITIVE]: ReadonlySet<string> })[SENSITIVE];
}

/**
 * Whether a path of a value crosses a sensitive property. Each holder is asked for its class; where the value ends
 * before the path does, the declared types go on, as far as the compiler has left them.
 */
export function crossesSensitive(declared: object, value: unknown, path: readonly string[]): boolean {
  let holder = value;
  let type: unknown = declared;
  for (const name of path) {
    if (marks(classOf(holder), name) || marks(type, name)) return true;
    holder = memberOf(holder, name);
    type = typeof type === 'function' ? declaredType(type, name) : undefined;
  }
  return false;
}

function classOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? value.constructor : undefined;
}

/** The type that the compiler left for a decorated property; undefined without decorator metadata. */
export function declaredType(holder: object, name: string): unknown {
  const { getMetadata } = Reflect as { getMetadata?: (kind: string, on: object, name: string) => unknown };
  const prototype: unknown = 'prototype' in holder ? holder.prototype : undefined;
  if (typeof prototype !== 'object' || prototype === null) return undefined;
  return getMetadata?.('design:type', prototype, name);
}

/** Whether a path lies at or below one of the patterns. `*` stands for one array index or any one key. */
export function matchesPattern(patterns: readonly (readonly string[])[], path: readonly string[]): boolean {
  return patterns.some(
    (pattern) =>
      pattern.length <= path.length && pattern.every((step, index) => step === '*' || step === path[index]),
  );
}
