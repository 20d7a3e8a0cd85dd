const INTEGER = /^[-+]?(?:\d+|0x[\da-f]+|0o[0-7]+)$/i;

/** From here on a double is written with an exponent, also by `JSON.stringify`. */
const WRITTEN_WITH_EXPONENT = 1e21;

/**
 * Why a number is refused, or undefined. Integers that a double cannot hold would be rounded silently, and a float among
 * them would be such an integer when it is written again; other floats, with a point or an exponent, may round.
 */
export function numberProblem(value: number, literal: string): string | undefined {
  if (Number.isNaN(value)) return 'must not be NaN, which JSON cannot express';
  if (!Number.isFinite(value)) return 'must be a finite number';
  const unsafe = Number.isInteger(value) && !Number.isSafeInteger(value);
  if (unsafe && (INTEGER.test(literal) || Math.abs(value) < WRITTEN_WITH_EXPONENT)) {
    return 'must not be an integer beyond ±9007199254740991, which would be rounded; quote it to make it a string';
  }
  return undefined;
}
