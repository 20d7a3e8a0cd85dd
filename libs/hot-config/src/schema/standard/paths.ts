import { formatPath } from '../../document/index.js';
import { unknownKeyMessage } from '../unknown-key.js';
import {
  admits,
  type Choice,
  type Description,
  isIndex,
  type JsonSchema,
  propertyNames,
  WILDCARD,
} from './description.js';

type Path = readonly string[];

/** Whether a path lies at or below one of the patterns. */
export function matchesPattern(patterns: readonly Path[], path: Path): boolean {
  return patterns.some((pattern) => stepsLeft(pattern, path) === 0);
}

/** Whether one of the patterns leads below a path. */
export function leadsBelow(patterns: readonly Path[], path: Path): boolean {
  return patterns.some((pattern) => stepsLeft(pattern, path) > 0);
}

/**
 * How many steps a pattern goes on below a path; NaN where the path leaves the pattern. An index in place of a name is
 * skipped: a document may hold a list where a mapping belongs.
 */
function stepsLeft(pattern: Path, path: Path): number {
  let followed = 0;
  for (const step of path) {
    const wanted = pattern[followed];
    if (wanted === undefined) return 0;
    if (wanted === step || wanted === WILDCARD) followed += 1;
    else if (!isIndex(step) || isIndex(wanted)) return NaN;
  }
  return pattern.length - followed;
}

/**
 * Why no value of a schema can have anything at a path. Undefined when a value can, or when that cannot be known: below a
 * record, a transformation, a choice that is not described.
 */
export function leadsNowhere(description: Description, path: Path): string | undefined {
  let places: readonly JsonSchema[] = [description.root];
  for (const [depth, step] of path.entries()) {
    const choices = description.choices(places);
    places = description.below(choices, step);
    if (places.length === 0) return reasonAt(choices, path, depth);
  }
  return undefined;
}

function reasonAt(choices: readonly Choice[], path: Path, depth: number): string {
  const step = path[depth] ?? '';
  const objects = choices.filter((choice) => admits(choice, 'object'));
  if (objects.length === 0 && choices.some((choice) => admits(choice, 'array'))) {
    const meant = formatPath([...path.slice(0, depth), WILDCARD, ...path.slice(depth)]);
    return `there is a list before ${JSON.stringify(step)}; did you mean ${JSON.stringify(meant)}?`;
  }
  const known = [...new Set(objects.flatMap(propertyNames))];
  return known.length > 0
    ? unknownKeyMessage(step, known)
    : `nothing can be below "${path[depth - 1] ?? ''}"`;
}
