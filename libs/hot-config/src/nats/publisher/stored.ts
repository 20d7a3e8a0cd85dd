import { decodeDocument } from '../../document/index.js';
import type { Bucket, StoredMessage } from '../bucket.js';
import { contentTypeOf, DocumentHeader } from '../wire.js';
import type { PublishedDocument } from './publisher.js';

/** Reads at once while all keys are listed. */
const READS = 16;

/** As written by the publisher; computed for what another client put. Undefined for what is not a document. */
export function digestStored(stored: StoredMessage, key: string): string | undefined {
  const told = stored.header(DocumentHeader.digest);
  if (told !== undefined) return told;
  const contentType = contentTypeOf(stored.header(DocumentHeader.contentType));
  const decoded = decodeDocument(stored.bytes, { name: key, ...(contentType ? { contentType } : {}) });
  return decoded.ok ? decoded.digest : undefined;
}

/**
 * The subjects come with the stream's own state and each document by a direct get: no consumer is made, and what
 * docs/wire-format.md grants to the loader is enough. Undefined when there is no bucket.
 */
export async function listStored(
  bucket: Bucket,
  direct: boolean,
): Promise<Map<string, PublishedDocument> | undefined> {
  const { names, jsm } = bucket;
  if (!(await bucket.info())) return undefined;
  const { state } = await jsm.streams.info(names.stream, { subjects_filter: names.allSubjects });
  const keys = Object.keys(state.subjects ?? {}).flatMap((subject) => names.keyOf(subject) ?? []);
  const found = new Map<string, PublishedDocument>();
  const queue = keys.sort().values();
  const reader = async (): Promise<void> => {
    for (const key of queue) {
      const stored = await bucket.newest(key, direct);
      if (!stored || stored.deleted) continue;
      const origin = stored.header(DocumentHeader.origin) ?? names.describe(key);
      found.set(key, {
        revision: stored.revision,
        digest: digestStored(stored, key),
        origin,
        publishedAt: stored.time,
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(READS, keys.length) }, reader));
  return found;
}
