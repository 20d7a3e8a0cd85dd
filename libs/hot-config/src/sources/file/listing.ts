import { readdir, realpath, stat } from 'node:fs/promises';

/** The directory itself and its names, at one moment. */
export interface Listing {
  /** Free of links. */
  readonly path: string;
  readonly identity: string;
  readonly names: readonly string[];
}

/**
 * Lists the directory; rejects with the system's error when it cannot. The three answers may be of two directories when
 * it is replaced right now; then its identity differs from the next one, which asks for another pass.
 */
export async function list(directory: string): Promise<Listing> {
  const [path, identity, names] = await Promise.all([
    realpath(directory),
    identityOf(directory),
    readdir(directory),
  ]);
  return { path, identity, names };
}

/**
 * Tells one directory from another of the same name, also when the path is a link that leads elsewhere now. The birth
 * time is part of it because a file system gives the inode number of a removed directory to the next one.
 */
export async function identityOf(directory: string): Promise<string> {
  const stats = await stat(directory, { bigint: true });
  return `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`;
}
