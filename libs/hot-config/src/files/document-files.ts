import { quoted } from '../document/index.js';
import { type EntryProblem } from './entry.js';
import { type DocumentFile, type Listing } from './folder-tree.js';
import { type KnownFile } from './scan-state.js';

export interface DocumentFiles {
  /** At most one per key. */
  readonly chosen: readonly DocumentFile[];
  /** Every key that a file of the directory claims, also those that cannot be served. */
  readonly claimed: ReadonlySet<string>;
  /** By file, or by folder. */
  readonly problems: Map<string, FileProblem>;
}

export interface FileProblem {
  /** Undefined for a name that gives no key, and for a folder. */
  readonly key: string | undefined;
  readonly message: string;
  /** With a `rival`, the file that is known is read like any other. With the others nobody knows what the file holds. */
  readonly kind: EntryProblem['kind'] | 'rival';
}

/**
 * Which file stands for which key. Of two files for one key only the file that is read already continues to be served.
 *
 * @param known the files that were read before, by key: those in a folder that cannot be listed are not deleted
 */
export function documentFilesOf(listing: Listing, known: ReadonlyMap<string, KnownFile>): DocumentFiles {
  const problems = new Map<string, FileProblem>();
  for (const [name, problem] of listing.rejected) problems.set(name, { ...problem, key: undefined });
  const byKey = new Map<string, DocumentFile[]>();
  const files = [...listing.files, ...filesInUnlisted(listing, known)];
  for (const file of files.sort((a, b) => (a.file < b.file ? -1 : 1)))
    byKey.set(file.key, [...(byKey.get(file.key) ?? []), file]);
  const chosen = [...byKey.values()].flatMap((rivals) => {
    if (rivals.length === 1) return rivals;
    const served = rivals.filter(({ key, file }) => file === known.get(key)?.file);
    for (const { key, file } of rivals) problems.set(file, rivalry(rivals, key, served[0]?.file));
    return served;
  });
  addFolderProblems(listing, chosen, problems);
  return { chosen, claimed: new Set(byKey.keys()), problems };
}

function filesInUnlisted({ unlisted }: Listing, known: ReadonlyMap<string, KnownFile>): DocumentFile[] {
  const folders = [...unlisted.keys()];
  return [...known].flatMap(([key, { file, document }]) => {
    if (!folders.some((prefix) => file.startsWith(prefix))) return [];
    return [{ key, file, name: file, contentType: document.contentType, folder: undefined }];
  });
}

/** A folder's problem is that of the files that were known in it. A link to nothing may as well be that of any other file. */
function addFolderProblems(
  { unlisted }: Listing,
  chosen: readonly DocumentFile[],
  problems: Map<string, FileProblem>,
): void {
  for (const [prefix, { kind, message }] of unlisted) {
    const lost = chosen.filter(({ file, folder }) => folder === undefined && file.startsWith(prefix));
    for (const { file, key } of lost) problems.set(file, { key, message, kind });
    if (lost.length === 0 && kind !== 'dangling')
      problems.set(prefix.slice(0, -1), { key: undefined, message, kind });
  }
}

function rivalry(rivals: readonly DocumentFile[], key: string, served: string | undefined): FileProblem {
  const files = rivals.map((rival) => quoted(rival.file)).join(' and ');
  const outcome = served === undefined ? 'neither is read' : `${quoted(served)} continues to be served`;
  return {
    key,
    message: `${files} both define key "${key}"; ${outcome}. Remove all but one.`,
    kind: 'rival',
  };
}
