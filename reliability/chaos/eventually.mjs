import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two looks: short beside what is measured with it. */
const everyMs = 20;

/**
 * Looks again and again until nothing is wrong any more.
 *
 * @param {number} deadline by `Date.now()`
 * @param {() => string | undefined | Promise<string | undefined>} look what is wrong
 * @returns {Promise<string | undefined>} what was still wrong then
 */
export async function eventually(deadline, look) {
  for (;;) {
    const wrong = await look();
    if (wrong === undefined || Date.now() > deadline) return wrong;
    await sleep(everyMs);
  }
}
