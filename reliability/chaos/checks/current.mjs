import { boundsOf } from '../participants.mjs';
import { stillWrong } from '../still-wrong.mjs';

/** @import { Saved } from '../saved-documents.mjs' */
/** @import { Observer } from '../observer.mjs' */
/** @import { World } from '../world.mjs' */

/** Milliseconds that a loaded machine may need beyond the bounds of the product. */
export const slackMs = 15_000;
/** Milliseconds between two comparisons of all files with the bucket, whatever the watcher has reported. */
const compareMs = 30_000;

/**
 * Checks that the bucket holds the document of the file.
 *
 * @param {World} world
 * @param {Saved} saved the newest of its key
 * @param {number} since the time from which all processes run and the store answers
 * @returns {Promise<string | undefined>} the problem
 */
export function notPublished(world, saved, since) {
  return stillWrong(since + compareMs + slackMs, async () => {
    const held = await world.view.newest(saved.key);
    if (held?.digest === saved.digest) return undefined;
    const other = held && world.savedDocuments.find(saved.key, held.digest);
    return `the bucket holds document ${saved.number} (${saved.kind}); it holds ${other ? `number ${other.number} at revision ${held.revision}` : 'none'}`;
  });
}

/**
 * Checks that the service serves the newest valid document and shows it as `live`.
 *
 * @param {Observer} observer
 * @param {string} app
 * @param {Saved} saved the newest of its key, in the bucket
 * @param {number} since the time at which it was found in the bucket
 * @returns {Promise<string | undefined>} the problem
 */
export function notServed(observer, app, saved, since) {
  const { reconcile } = boundsOf(app);
  return stillWrong(since + reconcile + slackMs, () => {
    const reading = observer.latest(app, saved.key)?.reading;
    if (reading && reading.digest === saved.digest && reading.status === 'live' && !reading.rejection)
      return undefined;
    return `document ${saved.number} to be served, live, within ${reconcile} ms and ${slackMs} ms of slack; ${describeReading(reading)}`;
  });
}

/** @param {import('../sampler.mjs').ServiceAnswer | undefined} reading */
export function describeReading(reading) {
  if (!reading) return 'there is no answer';
  const { revision, status, rejection } = reading;
  return `served is revision ${revision}, ${status}${rejection ? `, revision ${rejection.revision} rejected` : ''}`;
}
