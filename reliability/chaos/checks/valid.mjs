/** @import { Ledger } from '../ledger.mjs' */
/** @import { Life } from '../program.mjs' */
/** @import { Reading, Sample } from '../sampler.mjs' */

/** A service never serves what its schema did not accept, nor what nobody saved, nor what a hook has rejected. */
export class ValidCheck {
  #ledger;
  /** By key: the document that each life began with. @type {Map<string, { life: Life, digest: string }>} */
  #begun = new Map();

  /** @param {Ledger} ledger */
  constructor(ledger) {
    this.#ledger = ledger;
  }

  /**
   * @param {Sample} sample
   * @param {Reading} reading
   * @returns {string | undefined} what is wrong
   */
  problem({ life, isFirst }, { key, digest, revision }) {
    if (isFirst) this.#begun.set(key, { life, digest });
    const saved = this.#ledger.find(key, digest);
    if (!saved) return `a document that was saved; served is revision ${revision}, which nobody saved`;
    if (saved.fate === 'good') return undefined;
    // Hooks are asked about changes, and the value that a process begins with is none.
    if (saved.fate === 'vetoed' && this.#begun.get(key)?.digest === digest) return undefined;
    return `a document that is good; served is number ${saved.number}, which is ${saved.kind}`;
  }
}
