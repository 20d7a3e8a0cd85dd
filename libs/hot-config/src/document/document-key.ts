import type { DocumentContentType } from '../contract/index.js';
import { quoted } from './issue-format.js';
import { FORBIDDEN_KEYS } from './limits.js';

const MAX_KEY_LENGTH = 200;
const TOKENS = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
const EXTENSIONS = ['yaml', 'yml', 'json'];
const DOCUMENT_FILE = new RegExp(`^(?<key>.+)\\.(?<extension>${EXTENSIONS.join('|')})$`, 'is');

/** Whether the text can name a document: in a bucket, in a subject, and as a file name without its extension. */
export function isDocumentKey(text: string): boolean {
  return documentKeyProblem(text) === undefined;
}

/** Why the text cannot name a document, as the end of a sentence that starts with the key; undefined when it can. */
export function documentKeyProblem(text: string): string | undefined {
  if (text === '') return 'must not be empty';
  if (text.length > MAX_KEY_LENGTH) return `must not be longer than ${MAX_KEY_LENGTH} characters`;
  if (!TOKENS.test(text)) {
    return 'must consist of letters, digits, "_" and "-", in segments separated by single dots';
  }
  if (text.startsWith('_')) return 'must not start with "_", which is reserved';
  const forbidden = text.split('.').find((token) => FORBIDDEN_KEYS.has(token));
  return forbidden && `must not contain the segment "${forbidden}"`;
}

/**
 * The key of a document file, `team.service1` for `team.service1.yaml`; a problem when the file looks like a document but
 * its name does not give a valid key; undefined when it is not one: a dotfile, an editor's backup, any other extension.
 */
export function keyOfFileName(
  fileName: string,
): { key: string; contentType: DocumentContentType } | { problem: string } | undefined {
  const { key, extension } = DOCUMENT_FILE.exec(fileName)?.groups ?? {};
  if (key === undefined || extension === undefined || fileName.startsWith('.')) return undefined;
  const reason =
    extension === extension.toLowerCase() ? documentKeyProblem(key) : `must have a lower-case extension`;
  if (reason)
    return {
      problem: `the name ${quoted(fileName)} does not give a valid key: it ${reason}; rename the file`,
    };
  return { key, contentType: extension === 'json' ? 'application/json' : 'application/yaml' };
}

/** The names that a file with the document of this key may have. */
export function fileNamesOf(key: string): readonly string[] {
  return EXTENSIONS.map((extension) => `${key}.${extension}`);
}
