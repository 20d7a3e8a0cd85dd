import type { HotConfigIssue } from '../contract/index.js';
import { type IssueCollector, locationOf } from './issue-collector.js';

/** The characters that YAML does not allow. A file system leaves NUL behind after a power failure. */
const UNPRINTABLE = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]/;
const LONE_CARRIAGE_RETURN = /\r(?!\n)/;

/** Bytes → text, without a byte order mark. Node would silently replace bytes that are not UTF-8. */
export function textOf(bytes: Uint8Array): { readonly text: string } | { readonly issue: HotConfigIssue } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    const message = 'not valid UTF-8; save the file as UTF-8';
    return { issue: { path: '', message, ...locationOfBadByte(bytes) } };
  }
}

/** Reports the first character that YAML does not allow anywhere in a text. */
export function rejectUnprintable(issues: IssueCollector): void {
  const unprintable = issues.text.search(UNPRINTABLE);
  if (unprintable !== -1)
    issues.abort(unprintableProblem(issues.text.charAt(unprintable)) ?? '', unprintable);
  const lone = issues.text.search(LONE_CARRIAGE_RETURN);
  if (lone !== -1) issues.abort('carriage return without line feed; save with line endings LF or CRLF', lone);
}

/** Why a character is rejected outside of a JSON string, or undefined. */
export function unprintableProblem(character: string): string | undefined {
  if (!UNPRINTABLE.test(character)) return undefined;
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return `character U+${code} is not allowed in a document; is the file complete, and is it text?`;
}

/** A lenient decoder puts a replacement character for each bad byte. The bytes themselves can hold replacement characters too. */
function locationOfBadByte(bytes: Uint8Array): { line: number; column: number } {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const encoder = new TextEncoder();
  let byte = 0;
  let from = 0;
  for (let at = text.indexOf('\ufffd'); at !== -1; at = text.indexOf('\ufffd', from)) {
    byte += encoder.encode(text.slice(from, at)).length;
    const genuine = bytes[byte] === 0xef && bytes[byte + 1] === 0xbf && bytes[byte + 2] === 0xbd;
    if (!genuine) return locationOf(text, at);
    byte += 3;
    from = at + 1;
  }
  return locationOf(text, 0);
}
