import { documentKeyProblem } from '../document/index.js';
import { HotConfigSetupError, type DocumentContentType } from '../contract/index.js';

/** What is in the bucket beside the documents themselves. All optional for a reader: other clients write none. */
export const DocumentHeader = {
  contentType: 'Content-Type',
  digest: 'Hot-Config-Digest',
  origin: 'Hot-Config-Origin',
  author: 'Hot-Config-Author',
  reason: 'Hot-Config-Reason',
} as const;

/** Set by the server on a republished message. */
export const NotifyHeader = {
  stream: 'Nats-Stream',
  subject: 'Nats-Subject',
  revision: 'Nats-Sequence',
} as const;

/** `DEL` or `PURGE` on a message that says that the key is gone. */
export const KV_OPERATION = 'KV-Operation';

export interface Republish {
  readonly src: string;
  readonly dest: string;
}

/** The names of one bucket on the wire, and of its keys. `keyPrefix` lets several applications share a bucket. */
export class BucketNames {
  constructor(
    readonly bucket: string,
    readonly keyPrefix: string,
  ) {
    if (!/^[\w-]+$/.test(bucket)) {
      throw new HotConfigSetupError(
        `The bucket name ${JSON.stringify(bucket)} is invalid: use only letters, digits, "_" and "-".`,
      );
    }
    const problem = documentKeyProblem(`${keyPrefix}x`);
    if (problem)
      throw new HotConfigSetupError(`The keyPrefix ${JSON.stringify(keyPrefix)} is invalid: it ${problem}.`);
  }

  get stream(): string {
    return `KV_${this.bucket}`;
  }

  /** Everything of the bucket, as its stream listens to it. */
  get allSubjects(): string {
    return `$KV.${this.bucket}.>`;
  }

  get republish(): Republish {
    return { src: this.allSubjects, dest: `hotconfig.${this.bucket}.document.>` };
  }

  /** Why no such key can be in a bucket; undefined when it can. A subject is never built from a key with a problem. */
  keyProblem(key: string): string | undefined {
    const problem = documentKeyProblem(this.kvKey(key));
    return problem && `the bucket cannot have such a key: it ${problem}`;
  }

  kvKey(key: string): string {
    return this.keyPrefix + key;
  }

  subject(key: string): string {
    return `$KV.${this.bucket}.${this.kvKey(key)}`;
  }

  /** The key behind a subject of the bucket; undefined for what is not ours to read. */
  keyOf(subject: string): string | undefined {
    const prefix = `$KV.${this.bucket}.${this.keyPrefix}`;
    const key = subject.startsWith(prefix) ? subject.slice(prefix.length) : '';
    return key !== '' && this.keyProblem(key) === undefined ? key : undefined;
  }

  /** For messages and as an origin. */
  describe(key: string): string {
    return `KV ${this.bucket}/${this.kvKey(key)}`;
  }
}

/**
 * Where the server republishes what is put into a subject. Undefined when it does not, or by a mapping with wildcards
 * in the middle, which nobody needs for a bucket.
 */
export function notifySubject(republish: Republish | undefined, subject: string): string | undefined {
  if (!republish) return undefined;
  const { src = '>', dest } = republish;
  if (src === subject) return dest;
  if (!src.endsWith('>') || !dest.endsWith('>')) return undefined;
  const [from, to] = [src.slice(0, -1), dest.slice(0, -1)];
  return subject.startsWith(from) && !/[*{$>]/.test(from.replace(/^\$KV\./, '') + to)
    ? to + subject.slice(from.length)
    : undefined;
}

export function contentTypeOf(header: string | undefined): DocumentContentType | undefined {
  const type = header?.split(';')[0]?.trim().toLowerCase();
  return type === 'application/yaml' || type === 'application/json' ? type : undefined;
}
