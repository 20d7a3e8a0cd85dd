import { isScalar, type ParsedNode, type Scalar } from 'yaml';

/** A key that reads as a number or a boolean names the text it is written as only if there is no other way to write it. */
export function nameOf({ value, source }: Scalar): string | undefined {
  if (typeof value === 'string') return value;
  const canonical =
    typeof value === 'number' || typeof value === 'boolean' || value === null ? String(value) : undefined;
  return canonical === source ? canonical : undefined;
}

/** `<<` in quotes is a key like any other. */
export function isMergeKey(key: ParsedNode): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.value === '<<' && key.tag === undefined;
}
