import type { HotConfigDefinition } from '../contract/index.js';
import { maskOf, type Mask } from '../redaction/index.js';

/**
 * Masks the secrets in these values of one config. They are collected at the first use: most documents are good, and a definition
 * that throws is then the concern of `maskedError`, which never throws.
 */
export function lazyMask(
  definition: Pick<HotConfigDefinition, 'isSensitive'>,
  ...values: readonly unknown[]
): Mask {
  let mask: Mask | undefined;
  return (text) => (mask ??= maskOf(definition, ...values))(text);
}
