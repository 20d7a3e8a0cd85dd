import type { DocumentContentType } from '../contract/index.js';
import { quoted } from './issue-format.js';
import { FORBIDDEN_KEYS } from './limits.js';

const MAX_KEY_LENGTH = 200;
const TOKENS = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
const EXTENSIONS = ['yaml', 'yml', 'json'];
const DOCUMENT_FILE = new RegExp(`^(?<stem>.+)\\.(?<extension>${EXTENSIONS.join('|')})$`, 'is');

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
 * The key of a document file, given by its path in the directory of the documents: `team.shop` for `team.shop.yaml` and for
 * `team/shop.yaml`. A problem when the file looks like a document but its path does not give a valid key. Undefined when it
 * is no document: its name begins with a dot, it is an editor's backup, it has any other extension.
 */
export function keyOfFileName(
  path: string,
): { key: string; contentType: DocumentContentType } | { problem: string } | undefined {
  const { stem, extension } = DOCUMENT_FILE.exec(path)?.groups ?? {};
  if (stem === undefined || extension === undefined) return undefined;
  const names = stem.split('/');
  if (names.some((name) => name === '' || name.startsWith('.'))) return undefined;
  const key = names.join('.');
  const reason =
    extension === extension.toLowerCase() ? pathProblem(names, key) : 'must have a lower-case extension';
  if (reason)
    return {
      problem: `the name ${quoted(path)} does not give a valid key: it ${reason}; rename the file`,
    };
  return { key, contentType: extension === 'json' ? 'application/json' : 'application/yaml' };
}

/** A key may have a segment that starts with "_", the name of a file or folder may not. */
function pathProblem(names: readonly string[], key: string): string | undefined {
  const isReserved = names.slice(1).some((name) => name.startsWith('_'));
  return isReserved ? 'must not have "_" after a "/", which is reserved' : documentKeyProblem(key);
}

/** The paths that a file with the document of this key may have. A key with several dots may be mixed of both forms, too. */
export function fileNamesOf(key: string): readonly string[] {
  return [...new Set([key, key.replaceAll('.', '/')])].flatMap((stem) =>
    EXTENSIONS.map((extension) => `${stem}.${extension}`),
  );
}
