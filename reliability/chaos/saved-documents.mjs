import { decodeDocument } from 'nestjs-hot-config/document';
import { documentText, outcomeOf } from './documents.mjs';

/** @import { DocumentKind, Outcome } from './documents.mjs' */
/** @typedef {{ key: string, number: number, kind: DocumentKind, outcome: Outcome, text: string, digest: string | undefined, savedAt: number }} Saved */

/** Every document that was saved, with its outcome: which documents a service may serve, and which it must serve. */
export class SavedDocuments {
  /** @type {Map<string, Saved[]>} */
  #saved = new Map();
  /** @type {Map<string, Saved>} */
  #byDigest = new Map();
  /** @type {Map<string, Promise<number>>} */
  #parts = new Map();

  /**
   * Call this before the first byte is written, because the document may be served from the last byte on.
   *
   * @param {string} key
   * @param {DocumentKind} kind
   * @returns {Saved}
   */
  add(key, kind) {
    const before = this.#saved.get(key) ?? [];
    const number = before.length + 1;
    const text = documentText(key, kind, number);
    const decoded = decodeDocument(Buffer.from(text), { name: key });
    const outcome = outcomeOf(kind);
    if (decoded.ok === (outcome === 'unparsable'))
      throw new Error(`The ${kind} document of ${key} is not so.`);
    const digest = decoded.ok ? decoded.digest : undefined;
    const saved = { key, number, kind, outcome, text, digest, savedAt: Date.now() };
    this.#saved.set(key, [...before, saved]);
    if (digest) this.#byDigest.set(`${key} ${digest}`, saved);
    return saved;
  }

  /**
   * The first part of a document that is being written slowly.
   *
   * @param {string} key
   * @param {string} text
   * @param {Promise<number>} pausedMs how long its writer paused after it, known when the writer is done
   */
  addPart(key, text, pausedMs) {
    const decoded = decodeDocument(Buffer.from(text), { name: key });
    if (decoded.ok) this.#parts.set(`${key} ${decoded.digest}`, pausedMs);
  }

  /** @param {string} key @param {string} digest */
  findPart(key, digest) {
    return this.#parts.get(`${key} ${digest}`);
  }

  /**
   * The document that is in the file now.
   *
   * @param {string} key
   * @returns {Saved}
   */
  newest(key) {
    const saved = this.#saved.get(key)?.at(-1);
    if (!saved) throw new Error(`${key} was never saved.`);
    return saved;
  }

  /** @param {string} key @param {string} digest */
  find(key, digest) {
    return this.#byDigest.get(`${key} ${digest}`);
  }
}
