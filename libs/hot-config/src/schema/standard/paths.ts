import { formatPath } from '../../document/index.js';
import { unknownKeyMessage } from '../unknown-key.js';
import type { Choice, JsonSchema } from './choice.js';
import type { Description } from './description.js';

/** Stands for any one key or index in a path that a person wrote. */
export const WILDCARD = '*';

/** Whether a path lies at or below one of the patterns. */
export function matchesPattern(patterns: readonly (readonly string[])[], path: readonly string[]): boolean {
  return patterns.some((pattern) => pattern.length <= path.length && agree(pattern, path));
}

/** Whether one of the patterns leads below a path. */
export function leadsBelow(patterns: readonly (readonly string[])[], path: readonly string[]): boolean {
  return patterns.some((pattern) => pattern.length > path.length && agree(pattern, path));
}

function agree(pattern: readonly string[], path: readonly string[]): boolean {
  return path.every((step, index) => [undefined, WILDCARD, step].includes(pattern[index]));
}

/**
 * Why no value of a schema can have anything at a path. Undefined when a value can, or when that cannot be told: below a record,
 * a transformation, a choice that is not described.
 */
export function leadsNowhere(description: Description, path: readonly string[]): string | undefined {
  let places: readonly JsonSchema[] = [description.root];
  for (const [depth, step] of path.entries()) {
    const choices = description.choices(places);
    places = choices.flatMap((choice) =>
      stepsOf(choice, step).flatMap((key) => description.below([choice], key)),
    );
    if (places.length === 0) return reasonAt(choices, path, depth);
  }
  return undefined;
}

function stepsOf(choice: Choice, step: string): (string | number)[] {
  const isAny = step === WILDCARD;
  const keys = choice.admits('object') ? [step, ...(isAny ? choice.propertyNames() : [])] : [];
  const isIndex = /^\d+$/.test(step);
  if (!choice.admits('array')) return keys;
  return [...keys, ...(isAny ? choice.positions() : isIndex ? [Number(step)] : [])];
}

function reasonAt(choices: readonly Choice[], path: readonly string[], depth: number): string {
  const step = path[depth] ?? '';
  const objects = choices.filter((choice) => choice.admits('object'));
  if (objects.length === 0 && choices.some((choice) => choice.admits('array'))) {
    const meant = formatPath([...path.slice(0, depth), WILDCARD, ...path.slice(depth)]);
    return `there is a list before ${JSON.stringify(step)}; did you mean ${JSON.stringify(meant)}?`;
  }
  const known = [...new Set(objects.flatMap((choice) => choice.propertyNames()))];
  return known.length > 0
    ? unknownKeyMessage(step, known)
    : `nothing can be below "${path[depth - 1] ?? ''}"`;
}
