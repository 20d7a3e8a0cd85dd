import { type BigIntStats } from 'node:fs';
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { MAX_BYTES, quoted } from '../document/index.js';

/** A name in the directory whose replacement changes what a document shows: the file itself, its link, `..data`. */
export interface Pivot {
  readonly name: string;
  /** When the name was last re-pointed: a rename moves the ctime of what it renames. */
  readonly ctimeNs: bigint;
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
  readonly pivots: readonly Pivot[];
}

/**
 * What one look at one name found. `unreadable` may be over later, `refused` stays until somebody replaces the file, `nowhere`
 * is a link without a target, which it may just be getting.
 */
export type Entry =
  | FoundFile
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused' | 'unreadable' | 'nowhere'; readonly problem: string };

/** Two looks with equal signatures saw the same file, unwritten as far as the file system's clock can tell. */
export function signatureOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}

/** The `code` of a system error, for messages and decisions; any other error as a text. */
export function codeOf(error: unknown): string {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return String(isCoded ? error.code : error);
}

/** Looks at one name without opening it: opening a FIFO would wait for a writer, opening a device may act on it. */
export async function lookAt(directory: string, name: string): Promise<Entry> {
  try {
    const own = await lstat(join(directory, name), { bigint: true });
    if (!own.isSymbolicLink())
      return describe(join(directory, name), own, [{ name, ctimeNs: own.ctimeNs }], name);
    return await follow(directory, name, own);
  } catch (error) {
    return failed(name, codeOf(error));
  }
}

async function follow(directory: string, name: string, own: BigIntStats): Promise<Entry> {
  try {
    const path = await realpath(join(directory, name));
    if (leaves(directory, path))
      return refused(name, 'is a link that leads out of the directory', 'Copy the file in');
    const pivots = await pivotsOfLink(directory, name, own);
    return describe(path, await stat(path, { bigint: true }), pivots, name);
  } catch (error) {
    if (!isAbsence(codeOf(error))) throw error;
    return { ...refused(name, 'is a link that leads nowhere', 'Correct the link'), kind: 'nowhere' };
  }
}

async function pivotsOfLink(directory: string, name: string, own: BigIntStats): Promise<Pivot[]> {
  const pivots = [{ name, ctimeNs: own.ctimeNs }];
  const target = resolve(directory, await readlink(join(directory, name)));
  const [first, ...below] = relative(directory, target).split(sep);
  if (first === undefined || below.length === 0 || leaves(directory, target)) return pivots;
  const step = await lstat(join(directory, first), { bigint: true });
  return step.isSymbolicLink() ? [...pivots, { name: first, ctimeNs: step.ctimeNs }] : pivots;
}

/** By whole steps, so that Kubernetes' `..2026_01_01/` is not taken for the parent directory. */
function leaves(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
}

function describe(path: string, stats: BigIntStats, pivots: readonly Pivot[], name: string): Entry {
  const kind = kindOf(stats);
  if (kind !== undefined)
    return refused(name, `is ${kind} and was not opened`, 'Replace it with a regular file');
  const { mtimeNs, ctimeNs } = stats;
  return {
    kind: 'file',
    path,
    signature: signatureOf(stats),
    size: Number(stats.size),
    mtimeNs,
    ctimeNs,
    pivots,
  };
}

function kindOf(stats: BigIntStats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isDirectory()) return 'a directory';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

function isAbsence(code: string): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function failed(name: string, code: string): Entry {
  if (isAbsence(code)) return { kind: 'absent' };
  if (code === 'ELOOP') return refused(name, 'is a link that leads back to itself', 'Correct the link');
  return { kind: 'unreadable', problem: unreadable(name, code) };
}

function refused(
  name: string,
  what: string,
  remedy: string,
): { readonly kind: 'refused'; readonly problem: string } {
  return {
    kind: 'refused',
    problem: `${quoted(name)} ${what}; what was read before stays in force. ${remedy}.`,
  };
}

export function tooLarge(name: string, size: number): string {
  return `${quoted(name)} has ${size} bytes, more than the ${MAX_BYTES} that a document may have, and was not read; what was read before stays in force. Make it smaller.`;
}

export function unreadable(name: string, code: string): string {
  return `Reading ${quoted(name)} failed (${code}); what was read before stays in force. Make it readable by this process; it is retried automatically.`;
}
