import { stillWrong } from '../still-wrong.mjs';
import { slackMs } from './current.mjs';

/** @import { Saved } from '../saved-documents.mjs' */
/** @import { Observer } from '../observer.mjs' */

/**
 * Each hook is notified of the document that is served, whatever another hook does: it may be slow, throw or hang.
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
 * The status shows a hook that failed on the document that is served.
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
 * The document that the hook which behaves was notified of last; undefined when nothing has changed since the process began.
 *
 * @param {Observer} observer
 * @param {Saved} saved
 */
function notifiedOf(observer, { key }) {
  return observer.latest('chaos-service', key)?.reading.notified;
}
