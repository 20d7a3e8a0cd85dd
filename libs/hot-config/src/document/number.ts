const INTEGER = /^[-+]?(?:\d+|0x[\da-f]+|0o[0-7]+)$/i;

/**
 * Why a number is refused, or undefined. Integers that a double cannot hold would be rounded silently; what is written
 * as a float, with a point or an exponent, is taken for one and may round.
 */
export function numberProblem(value: number, literal: string): string | undefined {
  if (Number.isNaN(value)) return 'must not be NaN, which JSON cannot express';
  if (!Number.isFinite(value)) return 'must be a finite number';
  if (INTEGER.test(literal) && !Number.isSafeInteger(value)) {
    return 'must not be an integer beyond ±9007199254740991, which would be rounded; quote it to have a string';
  }
  return undefined;
}
