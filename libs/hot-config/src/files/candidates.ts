import { type DocumentContentType } from '../contract/index.js';
import { keyOfFileName, quoted } from '../document/index.js';

/** A file whose name makes it the document of a key. */
export interface FileCandidate {
  readonly key: string;
  readonly file: string;
  readonly contentType: DocumentContentType;
}

export interface FileCandidates {
  /** At most one per key. */
  readonly chosen: readonly FileCandidate[];
  /** Every key that a file of the directory claims, also those that cannot be served. */
  readonly claimed: ReadonlySet<string>;
  /** By file. */
  readonly problems: Map<string, FileProblem>;
}

export interface FileProblem {
  /** Undefined for a name that gives no key. */
  readonly key: string | undefined;
  readonly message: string;
  /**
   * `unreadable` may be over without anybody changing the file, `refused` not, `nowhere` is a link without a target: nobody knows
   * what the file holds. With a `rival`, the file that is held is read like any other.
   */
  readonly kind: 'unreadable' | 'refused' | 'nowhere' | 'rival';
}

/** Which file stands for which key. Of two files for one key only the one that is held already continues to be served. */
export function candidatesOf(
  names: readonly string[],
  heldFileOf: (key: string) => string | undefined,
): FileCandidates {
  const problems = new Map<string, FileProblem>();
  const byKey = new Map<string, FileCandidate[]>();
  for (const candidate of legalCandidates(names, problems)) {
    byKey.set(candidate.key, [...(byKey.get(candidate.key) ?? []), candidate]);
  }
  const chosen = [...byKey.values()].flatMap((rivals) => {
    if (rivals.length === 1) return rivals;
    const held = rivals.filter((rival) => rival.file === heldFileOf(rival.key));
    for (const rival of rivals) problems.set(rival.file, rivalry(rivals, rival.key, held[0]?.file));
    return held;
  });
  return { chosen, claimed: new Set(byKey.keys()), problems };
}

function legalCandidates(names: readonly string[], problems: Map<string, FileProblem>): FileCandidate[] {
  return [...names].sort().flatMap((file) => {
    const named = keyOfFileName(file);
    if (named === undefined) return [];
    if (!('problem' in named)) return [{ file, ...named }];
    const message = `${quoted(file)} was not read: ${named.problem}`;
    problems.set(file, { key: undefined, message, kind: 'refused' });
    return [];
  });
}

function rivalry(rivals: readonly FileCandidate[], key: string, held: string | undefined): FileProblem {
  const files = rivals.map((rival) => quoted(rival.file)).join(' and ');
  const served = held === undefined ? 'neither is read' : `${quoted(held)} continues to be served`;
  return {
    key,
    message: `${files} both define key "${key}"; ${served}. Remove all but one.`,
    kind: 'rival',
  };
}
