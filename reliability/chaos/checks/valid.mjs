/** @import { SavedDocuments } from '../saved-documents.mjs' */
/** @import { Child } from '../../../harness/child.mjs' */
/** @import { ServiceAnswer, Sample } from '../sampler.mjs' */

/** Checks that a service never serves a document that its schema or a hook rejects, or that was never saved. */
export class ValidCheck {
  #savedDocuments;
  /** By key: the document that each process began with. @type {Map<string, { child: Child, digest: string }>} */
  #begun = new Map();

  /** @param {SavedDocuments} savedDocuments */
  constructor(savedDocuments) {
    this.#savedDocuments = savedDocuments;
  }

  /**
   * @param {Sample} sample
   * @param {ServiceAnswer} reading
   * @returns {string | undefined} the problem
   */
  problem({ child, isFirst }, { key, digest, revision }) {
    if (isFirst) this.#begun.set(key, { child, digest });
    const saved = this.#savedDocuments.find(key, digest);
    if (!saved) return `a document that was saved; served is revision ${revision}, which was never saved`;
    if (saved.outcome === 'good') return undefined;
    // Hooks judge changes, and the value that a process begins with is no change.
    if (saved.outcome === 'vetoed' && this.#begun.get(key)?.digest === digest) return undefined;
    return `a document that is good; served is number ${saved.number}, which is ${saved.kind}`;
  }
}
