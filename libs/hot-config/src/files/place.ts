import { realpath, stat } from 'node:fs/promises';

/** Where the directory is now. */
export interface Place {
  /** Free of links. */
  readonly path: string;
  readonly identity: string;
}

/** Rejects with the system's error. */
export async function placeOf(directory: string): Promise<Place> {
  const path = await realpath(directory);
  // Of the path that was just found: a link may lead elsewhere by now.
  return { path, identity: await identityOf(path) };
}

/**
 * Tells one directory from another of the same name, also when the path is a link that leads elsewhere now. The birth
 * time is part of it because a file system gives the inode number of a removed directory to the next one.
 */
export async function identityOf(directory: string): Promise<string> {
  const stats = await stat(directory, { bigint: true });
  return `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`;
}
