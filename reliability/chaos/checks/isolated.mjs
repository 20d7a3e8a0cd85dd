import { stillWrong } from '../still-wrong.mjs';
import { slackMs } from './current.mjs';

/** @import { Saved } from '../saved-documents.mjs' */
/** @import { Observer } from '../observer.mjs' */

/**
 * Checks that each hook is notified of the served document, even while another hook is slow, throws or hangs.
 *
 * @param {Observer} observer
 * @param {Saved} saved that is served
 * @returns {Promise<string | undefined>} the problem
 */
export function hookNotNotified(observer, saved) {
  return stillWrong(Date.now() + slackMs, () => {
    const notified = notifiedOf(observer, saved);
    return notified === undefined || notified === saved.number
      ? undefined
      : `the hook beside the misbehaving one to be notified of document ${saved.number}; the last was ${notified}`;
  });
}

/**
 * Checks that the status shows a hook that failed on the served document.
 *
 * @param {Observer} observer
 * @param {Saved} saved that is served
 * @returns {Promise<string | undefined>} the problem
 */
export async function hookFailureNotShown(observer, saved) {
  if (saved.kind !== 'notify-throws' && saved.kind !== 'notify-hangs') return undefined;
  return stillWrong(Date.now() + slackMs, () => {
    const reading = observer.latest('chaos-service', saved.key)?.reading;
    return notifiedOf(observer, saved) === undefined || reading?.failedHooks?.length !== 0
      ? undefined
      : 'the status to show the hook that failed; it shows none';
  });
}

/**
 * The last document of which the well-behaved hook was notified; undefined when nothing has changed since the process began.
 *
 * @param {Observer} observer
 * @param {Saved} saved
 */
function notifiedOf(observer, { key }) {
  return observer.latest('chaos-service', key)?.reading.notified;
}
