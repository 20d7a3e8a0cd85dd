import { randomUUID } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const LEFTOVER = /^\.hot-config-[0-9a-f-]{36}\.tmp$/;
/** Milliseconds. A write takes less than a second; an older temporary file was left by a process that died. */
const LEFTOVER_AGE = 10 * 60_000;

/**
 * Leaves the old content or the new one, whole, also after a power failure: a temporary file, fsync, rename, fsync of the
 * directory. Another process that reads or replaces the file at the same time never sees a part.
 */
export async function replaceFile(directory: string, file: string, text: string): Promise<void> {
  // In the same directory, because a rename is atomic only within one file system.
  const temporary = join(directory, `.hot-config-${randomUUID()}.tmp`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncDirectory(directory);
}

/** Removes temporary files that a crash has left: they hold documents. Leaves those that another process may be writing. */
export async function sweepLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names.filter((entry) => LEFTOVER.test(entry))) {
    const path = join(directory, name);
    const written = await stat(path).catch(() => undefined);
    if (written && Date.now() - written.mtimeMs > LEFTOVER_AGE)
      await rm(path, { force: true }).catch(() => undefined);
  }
}

/** Not every system can sync a directory. Without it a power failure in this instant could bring the old content back. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
