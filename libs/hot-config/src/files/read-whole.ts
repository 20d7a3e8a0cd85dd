import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errorCode } from '../contract/index.js';
import { type FoundFile, signatureOf } from './entry.js';

/** `moved`: the file changed, or became another one, between the look and the end of the read. */
export type ReadResult =
  | { readonly outcome: 'whole'; readonly bytes: Uint8Array }
  | { readonly outcome: 'moved' }
  | { readonly outcome: 'failed'; readonly code: string };

/** The file may have been replaced since the look: do not wait on what is a FIFO now, nor follow what is a link now. */
const openFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** Reads a file that a look has found. The stat after the read must equal that look: then nothing changed in between. */
export async function readWhole(file: FoundFile): Promise<ReadResult> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file.path, openFlags);
    const bytes = await readUpTo(handle, file.size);
    const same = signatureOf(await handle.stat({ bigint: true })) === file.signature;
    return same && bytes.length === file.size ? { outcome: 'whole', bytes } : { outcome: 'moved' };
  } catch (error) {
    const code = errorCode(error);
    return ['ENOENT', 'ELOOP', 'ENOTDIR', 'ESTALE', 'ENXIO'].includes(code)
      ? { outcome: 'moved' }
      : { outcome: 'failed', code };
  } finally {
    // The answer is known already, and a close that fails must not keep the other files from being read.
    await handle?.close().catch(() => undefined);
  }
}

async function readUpTo(handle: FileHandle, limit: number): Promise<Uint8Array> {
  const buffer = Buffer.alloc(limit);
  let filled = 0;
  while (filled < limit) {
    const { bytesRead } = await handle.read(buffer, filled, limit - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && Buffer.compare(one, other) === 0;
}
