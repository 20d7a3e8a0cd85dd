import { memberOf } from '../../document/index.js';
import type { ClassModel, Property } from './class-model.js';

/** The problem of a text, number, boolean or date whose value is not the one that the document has; undefined when there is none. */
export function scalarProblem(
  model: ClassModel,
  property: Property,
  given: unknown,
  value: unknown,
): string | undefined {
  const { converted, isTransformed, enumeration } = property;
  if (enumeration && typeof value === 'string') {
    const problem = enumProblem(enumeration, value);
    if (problem !== undefined) return problem;
  }
  if (isTransformed && typeof given === 'boolean' && typeof value === 'boolean' && given !== value)
    return model.convert(property, !given) === value ? NO_BOOLEANS : undefined;
  if (converted === undefined || given === undefined || given === null) return undefined;
  if (typeof given === 'object') return KINDS[converted];
  const text = `${given as string | number | boolean}`;
  const isLost =
    (converted === 'number' && typeof given === 'boolean') ||
    // `Number('')` is 0.
    (converted !== 'string' && text.trim() === '') ||
    // `Boolean('false')` is true.
    (converted === 'boolean' && Number(given) !== Number(value) && text !== String(value));
  return isLost ? KINDS[converted] : undefined;
}

const KINDS = {
  string: 'must be a string',
  number: 'must be a number',
  boolean: 'must be true or false',
  date: 'must be a date',
};

const NO_BOOLEANS =
  'true and false come out alike: the @Transform of this property reads texts only; let it pass booleans on, or write the value in quotes';

/** To class-validator the members of an enum of numbers are its names too: TypeScript keeps both in one object. */
function enumProblem(enumeration: object, value: string): string | undefined {
  const number = memberOf(enumeration, value);
  if (typeof number !== 'number' || memberOf(enumeration, String(number)) !== value) return undefined;
  const numbers = Object.values(enumeration).filter((member) => typeof member === 'number');
  return `must be one of the following numbers: ${numbers.join(', ')}; ${JSON.stringify(value)} is the name of ${number}`;
}
