import { type Findings, placeOf } from './findings.js';
import type { HotConfigIssue } from '../contract/index.js';
import { FORBIDDEN_KEYS } from './limits.js';

/** YAML's printable characters leave these out; NUL is what a file system leaves behind after a power failure. */
const UNPRINTABLE = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]/;
const HALF_CHARACTER = /\p{Surrogate}/u;
const LONE_CARRIAGE_RETURN = /\r(?!\n)/;

/** Bytes → text, without a byte order mark. Node would silently replace what is not UTF-8. */
export function textOf(bytes: Uint8Array): { readonly text: string } | { readonly issue: HotConfigIssue } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    const message = 'not valid UTF-8; save the file as UTF-8';
    return { issue: { path: '', message, ...placeOfBadByte(bytes) } };
  }
}

/** Reports the first character that YAML does not allow in a text at all. */
export function refuseUnprintable(findings: Findings): void {
  const control = findings.text.search(UNPRINTABLE);
  if (control !== -1) {
    const code = findings.text.charCodeAt(control).toString(16).toUpperCase().padStart(4, '0');
    findings.stop(
      `character U+${code} is not allowed in a document; is the file complete, and is it text?`,
      control,
    );
  }
  const lone = findings.text.search(LONE_CARRIAGE_RETURN);
  if (lone !== -1)
    findings.stop('carriage return without line feed; save with line endings LF or CRLF', lone);
}

/** Why a text that was read is refused, or undefined: escape sequences can say what UTF-8 cannot, and would be replaced silently. */
export function textProblem(text: string): string | undefined {
  return HALF_CHARACTER.test(text)
    ? 'must not contain an unpaired surrogate (\\uD800 to \\uDFFF)'
    : undefined;
}

/** Why a key is refused, or undefined. */
export function nameProblem(name: string): string | undefined {
  return FORBIDDEN_KEYS.has(name) ? `the key "${name}" is not allowed` : textProblem(name);
}

/** Of the replacement characters that a lenient decoder leaves, the first that the bytes do not really hold. */
function placeOfBadByte(bytes: Uint8Array): { line: number; column: number } {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const encoder = new TextEncoder();
  let byte = 0;
  let from = 0;
  for (let at = text.indexOf('\ufffd'); at !== -1; at = text.indexOf('\ufffd', from)) {
    byte += encoder.encode(text.slice(from, at)).length;
    const genuine = bytes[byte] === 0xef && bytes[byte + 1] === 0xbf && bytes[byte + 2] === 0xbd;
    if (!genuine) return placeOf(text, at);
    byte += 3;
    from = at + 1;
  }
  return placeOf(text, 0);
}
