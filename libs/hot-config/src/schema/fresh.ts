import { memberOf } from '../document/index.js';
import { isPlainObject } from './plain.js';

/** Another instance of the class of an object, as its initializers make it. */
export function freshLike(holder: object): object {
  try {
    return new (holder.constructor as new () => object)();
  } catch {
    return {};
  }
}

/** Whether a property holds what it holds in a fresh instance: nothing has given it a value since. */
export function isAsFresh(fresh: object, name: string, value: unknown): boolean {
  return Object.hasOwn(fresh, name) && isAlike((fresh as Record<string, unknown>)[name], value);
}

function isAlike(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return Object.is(one, other) || (typeof one === 'function' && typeof other === 'function');
  }
  // A document makes plain objects and lists only: another class on both sides comes from the initializer.
  if (one.constructor !== other.constructor) return false;
  if (!isPlainData(one)) return true;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isAlike(memberOf(one, name), memberOf(other, name)))
  );
}

function isPlainData(value: object): boolean {
  return Array.isArray(value) || isPlainObject(value);
}
