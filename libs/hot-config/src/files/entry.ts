import { type BigIntStats } from 'node:fs';
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { errorCode } from '../contract/index.js';
import { MAX_BYTES, quoted } from '../document/index.js';
import { type NameInFolder } from './event-history.js';

/** A name whose replacement changes what a document shows: the file itself, a link to it or to its folder, `..data`. */
export interface LinkStep extends NameInFolder {
  /** When the name was last re-pointed: a rename moves the ctime of what it renames. */
  readonly ctimeNs: bigint;
}

/** A folder in which documents are looked for: the directory itself or one below it. */
export interface Folder {
  /** Goes before the names of its files: empty for the directory itself, else `team/`. */
  readonly prefix: string;
  /** Free of links. */
  readonly path: string;
  /** Its path relative to the directory, free of links: its name in the event history. */
  readonly location: string;
  /** The links that lead to it. */
  readonly links: readonly LinkStep[];
  /** The directory, free of links. No link may lead out of it. */
  readonly root: string;
  /** The last scan did not find it: what was last written longer ago than the quiet time is complete. */
  readonly isNew: boolean;
}

/** A regular file as found by one look, links followed. */
export interface FoundFile {
  readonly kind: 'file';
  /** Free of links. */
  readonly path: string;
  readonly signature: string;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** Every link on the way to the file, then the file itself. */
  readonly steps: readonly LinkStep[];
}

/**
 * Why an entry is not read. `unreadable` may be over later, `rejected` stays until somebody replaces the entry, `dangling` is
 * a link without a target, which it may just be getting.
 */
export interface EntryProblem {
  readonly kind: 'rejected' | 'unreadable' | 'dangling';
  readonly message: string;
}

/** What one look at one name found. */
export type Entry = FoundFile | EntryProblem | { readonly kind: 'absent' };

/** Two looks with equal signatures saw the same file, unwritten as far as the file system's clock can tell. */
export function signatureOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}

/** Looks at one name without opening it: opening a FIFO would wait for a writer, opening a device may act on it. */
export async function lookAt(folder: Folder, name: string): Promise<Entry> {
  const file = folder.prefix + name;
  const path = join(folder.path, name);
  try {
    const own = await lstat(path, { bigint: true });
    if (!own.isSymbolicLink()) return describe(folder.root, path, own, folder.links, file);
    const target = await realpath(path);
    if (isOutside(folder.root, target)) return leadsOut(file, 'file');
    const links = [...folder.links, ...(await linksTo(folder.root, path))];
    return describe(folder.root, target, await stat(target, { bigint: true }), links, file);
  } catch (error) {
    return problemOf(error, file, await isLink(path));
  }
}

/** What an entry is that could not be looked at. */
export function problemOf(error: unknown, name: string, isLink: boolean): EntryProblem | { kind: 'absent' } {
  const code = errorCode(error);
  if (code === 'ELOOP') return rejected(name, 'is a link that leads back to itself', 'Correct the link');
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return unreadable(name, code);
  if (!isLink) return { kind: 'absent' };
  return { ...rejected(name, 'is a link that leads nowhere', 'Correct the link'), kind: 'dangling' };
}

/** Every link on the way from `root` to what `path` shows. Not those outside of `root`. */
export async function linksTo(root: string, path: string): Promise<LinkStep[]> {
  const links: LinkStep[] = [];
  let at = root;
  let below = namesBetween(root, path);
  // `realpath` has found no loop; one that is made meanwhile ends with the limit that systems have.
  for (let [name] = below; name !== undefined && links.length < 40; [name] = below) {
    at = join(at, name);
    below = below.slice(1);
    const stats = await lstat(at, { bigint: true });
    if (!stats.isSymbolicLink()) continue;
    links.push(stepOf(root, at, stats));
    const target = resolve(dirname(at), await readlink(at));
    if (isOutside(root, target)) return links;
    below = [...namesBetween(root, target), ...below];
    at = root;
  }
  return links;
}

/** By whole steps, so that Kubernetes' `..2026_01_01/` is not taken for the parent directory. */
export function isOutside(root: string, path: string): boolean {
  const [first] = namesBetween(root, path);
  return first === '..' || isAbsolute(relative(root, path));
}

function namesBetween(root: string, path: string): string[] {
  return relative(root, path)
    .split(sep)
    .filter((name) => name !== '');
}

function stepOf(root: string, path: string, { ctimeNs }: BigIntStats): LinkStep {
  return { folder: relative(root, dirname(path)), name: basename(path), ctimeNs };
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
}

function describe(
  root: string,
  path: string,
  stats: BigIntStats,
  links: readonly LinkStep[],
  file: string,
): Entry {
  const kind = kindOf(stats);
  if (kind !== undefined)
    return rejected(file, `is ${kind} and was not opened`, 'Replace it with a regular file');
  const { mtimeNs, ctimeNs } = stats;
  const steps = [...links, stepOf(root, path, stats)];
  return {
    kind: 'file',
    path,
    signature: signatureOf(stats),
    size: Number(stats.size),
    mtimeNs,
    ctimeNs,
    steps,
  };
}

function kindOf(stats: BigIntStats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isDirectory()) return 'a directory';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

export function rejected(name: string, what: string, remedy: string): EntryProblem {
  const message = `${quoted(name)} ${what}; what was read before stays in force. ${remedy}.`;
  return { kind: 'rejected', message };
}

export function leadsOut(name: string, what: 'file' | 'folder'): EntryProblem {
  return rejected(name, 'is a link that leads out of the directory', `Copy the ${what} in`);
}

export function tooLarge(name: string, size: number): EntryProblem {
  const what = `has ${size} bytes, more than the ${MAX_BYTES} that a document may have, and was not read`;
  return rejected(name, what, 'Make it smaller');
}

export function unreadable(name: string, code: string): EntryProblem {
  const failed = `Reading ${quoted(name)} failed (${code}); what was read before stays in force`;
  const message = `${failed}. Make it readable by this process; it is retried automatically.`;
  return { kind: 'unreadable', message };
}
