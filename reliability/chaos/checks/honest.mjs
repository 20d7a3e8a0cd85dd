import { SECRET } from '../documents.mjs';
import { boundsOf } from '../participants.mjs';

/** @import { Sample } from '../sampler.mjs' */

/** Milliseconds that timers of a loaded machine may be late. */
const slackMs = 3_000;

/** @param {string} text a line of a log, or an answer */
export function containsSecret(text) {
  return text.includes(SECRET);
}

/**
 * Checks `live`: the store must have confirmed the value within the bound.
 *
 * @param {Sample} sample
 * @param {number | undefined} awaySince when the last node of the store went away
 * @returns {string | undefined} the problem
 */
export function falselyLive({ app, sentAt, readings }, awaySince) {
  const { stale } = boundsOf(app);
  const away = awaySince === undefined ? 0 : sentAt - awaySince;
  if (away <= stale + slackMs) return undefined;
  const live = readings.find(({ status }) => status === 'live');
  return live && `not to be live: the store is away for ${away} ms; ${live.key} is live`;
}
