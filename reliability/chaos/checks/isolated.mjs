import { eventually } from '../eventually.mjs';
import { slackMs } from './current.mjs';

/** @import { Saved } from '../ledger.mjs' */
/** @import { Observer } from '../observer.mjs' */

/**
 * Whatever another hook does, slow, throwing or hanging, each hook hears of the document that is served.
 *
 * @param {Observer} observer
 * @param {Saved} saved that is served
 * @returns {Promise<string | undefined>} what is wrong
 */
export function hookNotTold(observer, saved) {
  return eventually(Date.now() + slackMs, () => {
    const told = toldOf(observer, saved);
    return told === undefined || told === saved.number
      ? undefined
      : `the hook beside the unruly one to hear of document ${saved.number}; it heard of ${told}`;
  });
}

/**
 * The status tells of a hook that failed on the document that is served.
 *
 * @param {Observer} observer
 * @param {Saved} saved that is served
 * @returns {Promise<string | undefined>} what is wrong
 */
export async function hookFailureNotShown(observer, saved) {
  if (saved.kind !== 'notify-throws' && saved.kind !== 'notify-hangs') return undefined;
  return eventually(Date.now() + slackMs, () => {
    const reading = observer.latest('chaos-service', saved.key)?.reading;
    return toldOf(observer, saved) === undefined || reading?.failedHooks?.length !== 0
      ? undefined
      : 'the status to tell of the hook that failed; it tells of none';
  });
}

/**
 * Which document the hook that behaves was told of last; undefined when there was no change since the process began.
 *
 * @param {Observer} observer
 * @param {Saved} saved
 */
function toldOf(observer, { key }) {
  return observer.latest('chaos-service', key)?.reading.told;
}
