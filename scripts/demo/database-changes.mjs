import { askUntil } from '../../harness/http.mjs';
import { editDatabase } from './edit.mjs';

/** @typedef {{ appliedAt: string, rejection?: { at: string, message: string } }} ConfigAnswer */
/** @typedef {{ database: string, revision: number }} DatabaseAnswer */

/** Milliseconds from a save until the service must have applied or rejected the change. */
const judgedWithinMs = 20_000;

/**
 * Gives service1 another database, then a database that does not exist, then a third database.
 *
 * @param {string} configs the folder of the documents
 * @param {string} service the base URL of service1
 * @param {readonly string[]} databases three PostgreSQL URLs; the service is on the first
 * @returns {Promise<string[]>} one line for each change, for people
 */
export async function changeDatabases(configs, service, [, second = '', third = '']) {
  const missing = new URL(second);
  missing.pathname = '/nowhere';
  return [
    await swap(configs, service, second),
    await reject(configs, service, missing.href, second),
    await swap(configs, service, third),
  ];
}

/** @param {string} configs @param {string} service @param {string} url */
async function swap(configs, service, url) {
  const savedAt = await editDatabase(configs, 'service1', url);
  const { revision } = await untilAnsweredBy(service, url);
  const { appliedAt } = await untilConfig(service, (config) => config);
  return `service1 swapped to ${nameOf(url)} ${Date.parse(appliedAt) - savedAt} ms after it was saved, revision ${revision}`;
}

/**
 * @param {string} configs
 * @param {string} service
 * @param {string} url
 * @param {string} before the URL in use
 */
async function reject(configs, service, url, before) {
  const savedAt = await editDatabase(configs, 'service1', url);
  const { at, message } = await untilConfig(service, ({ rejection }) => rejection);
  await untilAnsweredBy(service, before);
  return `service1 rejected ${nameOf(url)} ${Date.parse(at) - savedAt} ms after it was saved, and keeps using ${nameOf(before)}: ${message}`;
}

/** @param {string} service @param {string} url */
function untilAnsweredBy(service, url) {
  return askUntil(
    `${service}/db`,
    (/** @type {DatabaseAnswer} */ answer) => (answer.database === nameOf(url) ? answer : undefined),
    judgedWithinMs,
    (answer) => `service1 does not use ${nameOf(url)}. Its /db answers: ${answer}`,
  );
}

/**
 * @template T
 * @param {string} service
 * @param {(config: ConfigAnswer) => T | undefined} pick undefined: not yet
 */
function untilConfig(service, pick) {
  return askUntil(
    `${service}/config`,
    pick,
    judgedWithinMs,
    (answer) => `service1 neither applied nor rejected its new database. It answers: ${answer}`,
  );
}

/** @param {string} url */
function nameOf(url) {
  return new URL(url).pathname.slice(1);
}
