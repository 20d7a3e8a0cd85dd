import { createHash } from 'node:crypto';
import type { DocumentContentType, LastKnownGoodDocument } from '../contract/index.js';

/** Increased when a reader of the old format would misread the new one. */
const format = 1;

/** The file's content. The document is kept as text where it is text, so that an operator can read it. */
interface LastKnownGoodFile {
  readonly format: number;
  readonly key: string;
  readonly revision: number;
  readonly epoch: string;
  readonly digest: string;
  readonly origin: string;
  readonly contentType: DocumentContentType | null;
  readonly publishedAt: string | null;
  readonly savedAt: string;
  readonly encoding: 'utf8' | 'base64';
  readonly document: string;
  /** SHA-256 (hex) of the document's bytes. */
  readonly checksum: string;
}

export function toText(stored: LastKnownGoodDocument): string {
  const { key, revision, epoch, digest, origin, contentType, publishedAt, savedAt } = stored;
  const bytes = Buffer.from(stored.bytes);
  const encoding = Buffer.from(bytes.toString('utf8')).equals(bytes) ? 'utf8' : 'base64';
  const file: LastKnownGoodFile = {
    format,
    key,
    revision,
    epoch,
    digest,
    origin,
    contentType: contentType ?? null,
    publishedAt: publishedAt?.toISOString() ?? null,
    savedAt: savedAt.toISOString(),
    encoding,
    document: bytes.toString(encoding),
    checksum: checksumOf(bytes),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Returns what is wrong with a file that cannot be trusted. Does not validate the document. */
export function fromText(text: string, key: string): { stored: LastKnownGoodDocument } | { problem: string } {
  let file: Partial<LastKnownGoodFile>;
  try {
    file = JSON.parse(text) as Partial<LastKnownGoodFile>;
  } catch {
    return { problem: 'it is damaged (not JSON, perhaps truncated)' };
  }
  if (typeof file !== 'object' || file === null || file.format !== format) {
    return { problem: 'it was written by another version of the library' };
  }
  if (file.key !== key) return { problem: 'it belongs to another key' };
  if (!isComplete(file)) return { problem: 'it is damaged (a field is missing or has the wrong type)' };
  const bytes = Buffer.from(file.document, file.encoding);
  if (checksumOf(bytes) !== file.checksum)
    return { problem: 'it is damaged (the checksum of the document differs)' };
  const { revision, epoch, digest, origin } = file;
  return {
    stored: {
      key,
      bytes,
      revision,
      epoch,
      digest,
      origin,
      contentType: file.contentType ?? undefined,
      publishedAt: file.publishedAt === null ? undefined : new Date(file.publishedAt),
      savedAt: new Date(file.savedAt),
    },
  };
}

function isComplete(file: Partial<LastKnownGoodFile>): file is LastKnownGoodFile {
  const texts = [file.epoch, file.digest, file.origin, file.savedAt, file.document, file.checksum];
  return (
    texts.every((text) => typeof text === 'string') &&
    Number.isSafeInteger(file.revision) &&
    (file.revision ?? -1) >= 0 &&
    (file.encoding === 'utf8' || file.encoding === 'base64') &&
    isTime(file.savedAt) &&
    (file.publishedAt === null || isTime(file.publishedAt)) &&
    [null, 'application/yaml', 'application/json'].includes(file.contentType ?? null)
  );
}

function isTime(text: unknown): boolean {
  return typeof text === 'string' && !Number.isNaN(Date.parse(text));
}

function checksumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
