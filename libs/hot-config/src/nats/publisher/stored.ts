import { forEachBounded } from '../../async/for-each-bounded.js';
import { decodeDocument } from '../../document/index.js';
import type { Bucket, StoredMessage } from '../bucket.js';
import { contentTypeOf, DocumentHeader } from '../wire.js';
import type { PublishedDocument } from './publisher.js';

/** Reads at once while all keys are listed. */
const READS = 16;

/** Undefined if the message is no document. The digest in its header proves nothing: another client may have written any. */
export function digestStored(stored: StoredMessage, key: string): string | undefined {
  const contentType = contentTypeOf(stored.header(DocumentHeader.contentType));
  const decoded = decodeDocument(stored.bytes, { name: key, ...(contentType ? { contentType } : {}) });
  return decoded.ok ? decoded.digest : undefined;
}

/**
 * The subjects come with the stream's own state, and each document by a direct get: this makes no consumer, and needs no
 * permission beyond those that docs/wire-format.md lists for the loader. Undefined when there is no bucket.
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
  await forEachBounded(keys.sort(), READS, async (key) => {
    const stored = await bucket.newest(key, direct);
    if (!stored || stored.deleted) return;
    found.set(key, {
      revision: stored.revision,
      digest: digestStored(stored, key),
      origin: stored.header(DocumentHeader.origin) ?? names.describe(key),
      publishedAt: stored.time,
    });
  });
  return found;
}
