import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

/** @import { HotConfigChange } from 'nestjs-hot-config' */
/** @import { Behaviour, Hooked, Steady } from './documents.mjs' */

/** Well below `hookTimeoutMs`, and well above the time between two saves. */
const slowMs = 300;

/** Hooks that behave as the document asks. */
export class MisbehavingHooks {
  /** @param {HotConfigChange<Hooked>} change */
  async beforeHotConfigChange({ key, current, signal }) {
    if (key === 'hooked') await behave(current.hooks.prepare, signal);
  }

  /** @param {HotConfigChange<Hooked>} change */
  async onHotConfigChange({ key, current, signal }) {
    if (key === 'hooked') await behave(current.hooks.notify, signal);
  }
}

/** A well-behaved hook that remembers the last document of which it was notified. */
export class RecordingHook {
  /** @type {Record<string, number>} */
  notified = {};

  /** @param {HotConfigChange<Hooked | Steady>} change */
  onHotConfigChange({ key, current }) {
    this.notified[key] = current.marker;
  }
}

Injectable()(MisbehavingHooks);
Injectable()(RecordingHook);

/** @param {Behaviour} behaviour @param {AbortSignal} signal */
async function behave(behaviour, signal) {
  switch (behaviour) {
    case 'passes':
      return;
    case 'slow':
      return sleep(slowMs);
    case 'throws':
      throw new Error('as the document asked');
    case 'hangs':
      // The hook goes on for a while after its deadline, at which the engine has aborted its signal.
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return sleep(slowMs);
  }
}
