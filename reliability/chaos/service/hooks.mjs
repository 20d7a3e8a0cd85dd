import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

/** @import { HotConfigChange } from 'nestjs-hot-config' */
/** @import { Conduct, Hooked, Steady } from './documents.mjs' */

/** Well below `hookTimeoutMs`, and well above the time between two saves. */
const slowMs = 300;

/** Behaves as the document says. */
export class Unruly {
  /** @param {HotConfigChange<Hooked>} change */
  async beforeHotConfigChange({ key, current, signal }) {
    if (key === 'hooked') await behave(current.hooks.prepare, signal);
  }

  /** @param {HotConfigChange<Hooked>} change */
  async onHotConfigChange({ key, current, signal }) {
    if (key === 'hooked') await behave(current.hooks.notify, signal);
  }
}

/** Behaves well beside it, and remembers which document it was told of last. */
export class Witness {
  /** @type {Record<string, number>} */
  told = {};

  /** @param {HotConfigChange<Hooked | Steady>} change */
  onHotConfigChange({ key, current }) {
    this.told[key] = current.marker;
  }
}

Injectable()(Unruly);
Injectable()(Witness);

/**
 * @param {Conduct} conduct
 * @param {AbortSignal} signal
 */
async function behave(conduct, signal) {
  switch (conduct) {
    case 'passes':
      return;
    case 'slow':
      return sleep(slowMs);
    case 'throws':
      throw new Error('as the document asked');
    case 'hangs':
      // Until it is told that its time is over; then it still takes its time.
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return sleep(slowMs);
  }
}
