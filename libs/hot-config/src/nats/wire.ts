import type { Republish } from '@nats-io/jetstream';
import type { MsgHdrs } from '@nats-io/transport-node';
import { type DocumentContentType, HotConfigSetupError } from '../contract/index.js';
import { documentKeyProblem } from '../document/index.js';

/** Written with each document by the publisher. All are optional for a reader: other clients write none. */
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

/** `DEL` or `PURGE` on the mark of a deleted key; absent on a document. */
export const KV_OPERATION = 'KV-Operation';

/** The last header of a name is the server's: a client may have put headers of the same name. An empty one counts as none. */
export function headerOf(headers: MsgHdrs | undefined): (name: string) => string | undefined {
  return (name) => headers?.last(name) || undefined;
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

  /** The subjects of all keys, to which the bucket's stream listens. */
  get allSubjects(): string {
    return `$KV.${this.bucket}.>`;
  }

  get republish(): Republish {
    return { src: this.allSubjects, dest: `hotconfig.${this.bucket}.document.>` };
  }

  /** Why a bucket cannot have such a key; undefined when it can. No subject may be built from a key with a problem. */
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

  /** The key of a subject of the bucket; undefined for a subject outside the prefix, or of an invalid key. */
  keyOf(subject: string): string | undefined {
    const prefix = `$KV.${this.bucket}.${this.keyPrefix}`;
    const key = subject.startsWith(prefix) ? subject.slice(prefix.length) : '';
    return key !== '' && this.keyProblem(key) === undefined ? key : undefined;
  }

  /** For messages, and as the origin of a document without one. */
  describe(key: string): string {
    return `KV ${this.bucket}/${this.kvKey(key)}`;
  }
}

/**
 * Where the server republishes a message that is put into a subject. Undefined when it does not, or when the mapping has
 * wildcards in the middle, which no bucket needs.
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
