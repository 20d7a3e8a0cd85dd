import { createHash } from 'node:crypto';
import type { PlainValue } from '../contract/index.js';
import { isList } from './plain-value.js';

/**
 * SHA-256 (hex) of the value as canonical JSON: keys sorted by UTF-16 code unit, no white space, `-0` as `0`. Two texts with
 * the same value have the same digest, whatever their format, key order, comments or layout.
 */
export function digestOf(value: PlainValue): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function canonicalJson(value: PlainValue): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}
