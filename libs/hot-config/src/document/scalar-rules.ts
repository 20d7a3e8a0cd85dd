import { FORBIDDEN_KEYS } from './limits.js';

const INTEGER = /^[-+]?(?:\d+|0x[\da-f]+|0o[0-7]+)$/i;
/** From here on a double is written with an exponent, also by `JSON.stringify`. */
const WRITTEN_WITH_EXPONENT = 1e21;
/** Octal to readers of YAML 1.1, decimal to those of 1.2. */
const LEADING_ZERO = /^[-+]?0\d+$/;
const UNPAIRED_SURROGATE = /\p{Surrogate}/u;

/**
 * Why a number is rejected, or undefined. A double would silently round an integer beyond 2^53. A float in that range, as
 * `1e20`, would become such an integer when it is written again. Other floats may be rounded.
 *
 * @param literal the number as the document writes it
 */
export function numberProblem(value: number, literal: string): string | undefined {
  if (LEADING_ZERO.test(literal))
    return 'YAML readers disagree on a number with a leading zero; quote it, or write an octal number with 0o, as 0o644';
  if (Number.isNaN(value)) return 'must not be NaN, which JSON cannot express';
  if (!Number.isFinite(value)) return 'must be a finite number';
  const unsafe = Number.isInteger(value) && !Number.isSafeInteger(value);
  if (unsafe && (INTEGER.test(literal) || Math.abs(value) < WRITTEN_WITH_EXPONENT)) {
    return 'must not be an integer beyond ±9007199254740991, which would be rounded; quote it to make it a string';
  }
  return undefined;
}

/** Why a text is rejected, or undefined. An escape sequence can write half a character, which UTF-8 would silently replace. */
export function textProblem(text: string): string | undefined {
  return UNPAIRED_SURROGATE.test(text)
    ? 'must not contain an unpaired surrogate (\\uD800 to \\uDFFF)'
    : undefined;
}

/** Why a key is rejected, or undefined. */
export function keyProblem(key: string): string | undefined {
  return FORBIDDEN_KEYS.has(key) ? `the key "${key}" is not allowed` : textProblem(key);
}
