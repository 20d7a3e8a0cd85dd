import { type BigIntStats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';

/** Where a path leads to now. */
export interface Location {
  /** Free of links. */
  readonly path: string;
  readonly identity: string;
  readonly isDirectory: boolean;
}

/** Rejects with the system's error. */
export async function locate(path: string): Promise<Location> {
  const real = await realpath(path);
  // Of the path that was just found: a link may lead elsewhere by now.
  const stats = await stat(real, { bigint: true });
  return { path: real, identity: identityIn(stats), isDirectory: stats.isDirectory() };
}

/** Tells one directory from another of the same name, also when the path is a link that leads elsewhere now. */
export async function identityOf(directory: string): Promise<string> {
  return identityIn(await stat(directory, { bigint: true }));
}

/** The birth time is part of it because a file system gives the inode number of a removed directory to the next one. */
function identityIn(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`;
}
