import { get } from '../../../harness/http.mjs';
import { boundsOf } from '../participants.mjs';
import { stillWrong } from '../still-wrong.mjs';
import { describeReading, slackMs } from './current.mjs';
import { containsSecret } from './honest.mjs';

/** @import { Saved } from '../saved-documents.mjs' */
/** @import { Observer } from '../observer.mjs' */
/** @import { World } from '../world.mjs' */

/**
 * Checks that the service shows in its answer and in its health that it rejects the newest document.
 *
 * @param {World} world
 * @param {Observer} observer
 * @param {string} app
 * @param {Saved} saved the newest of its key, in the bucket
 * @param {number} since
 * @returns {Promise<string | undefined>} the problem
 */
export async function rejectionNotShown(world, observer, app, saved, since) {
  const { reconcile } = boundsOf(app);
  return stillWrong(since + reconcile + slackMs, async () => {
    const reading = observer.latest(app, saved.key)?.reading;
    // A process does not run its hooks on the document that it begins with, so it serves a document that only hooks reject.
    if (saved.outcome === 'vetoed' && reading?.digest === saved.digest) return undefined;
    const held = await world.view.newest(saved.key);
    if (!reading?.rejection || reading.rejection.revision !== held?.revision)
      return `document ${saved.number} (${saved.kind}), revision ${held?.revision}, to be shown as rejected; ${describeReading(reading)}`;
    const health = await get(`${world.app(app).base}/health`, 5_000).catch(() => undefined);
    if (health?.status !== 200 || !health.text.includes('degraded'))
      return `health to be degraded with status 200 while ${saved.key} is rejected; it is ${health?.status}: ${health?.text}`;
    return containsSecret(health.text) ? 'no secret in GET /health; there is one' : undefined;
  });
}

/**
 * Checks that an unreadable document is not published, and that the loader shows it as rejected.
 *
 * @param {World} world
 * @param {Saved} saved
 * @param {number} since
 * @returns {Promise<string | undefined>} the problem
 */
export function unparsableNotShown(world, saved, since) {
  return stillWrong(since + boundsOf('loader').reconcile + slackMs, async () => {
    const answer = await get(`${world.app('loader').base}/documents`, 5_000).catch(() => undefined);
    if (answer?.status !== 200) return `the loader to answer GET /documents; it answers ${answer?.status}`;
    if (containsSecret(answer.text)) return 'no secret in GET /documents; there is one';
    /** @type {{ key: string, state: string }[]} */
    const rows = JSON.parse(answer.text);
    const state = rows.find(({ key }) => key === saved.key)?.state;
    return state === 'rejected'
      ? undefined
      : `the loader to show ${saved.key} as rejected (${saved.kind}); it is ${state}`;
  });
}
