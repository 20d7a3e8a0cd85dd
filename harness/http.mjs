import { get as request } from 'node:http';
import { poll } from './eventually.mjs';

/**
 * One request on a new connection, because a kept connection could lead to a process that has been replaced since.
 *
 * @param {string} url
 * @param {number} [withinMs]
 * @returns {Promise<{ status: number, text: string }>}
 */
export function get(url, withinMs = 60_000) {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(withinMs);
    const fail = (/** @type {Error} */ error) =>
      reject(signal.aborted ? new Error(`no answer in ${withinMs} ms`) : error);
    request(url, { agent: false, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (/** @type {string} */ part) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', fail);
    }).on('error', fail);
  });
}

/**
 * One request for JSON. A failure is returned as an answer.
 *
 * @param {string} url
 * @returns {Promise<{ ok: boolean, body: unknown }>} not ok: another status than 2xx, or no answer; then the body is the error
 */
export async function ask(url) {
  try {
    const { status, text } = await get(url, 10_000);
    return { ok: status >= 200 && status < 300, body: JSON.parse(text) };
  } catch (error) {
    return { ok: false, body: error };
  }
}

/**
 * Asks until `pick` accepts a 2xx answer.
 *
 * @template T
 * @param {string} url
 * @param {(body: any) => T | undefined} pick undefined: not yet
 * @param {number} withinMs
 * @param {(lastAnswer: string) => string | Promise<string>} describe the message of the error when the time is over
 * @returns {Promise<T>}
 */
export async function askUntil(url, pick, withinMs, describe) {
  /** @type {unknown} */
  let last;
  const look = async () => {
    const { ok, body } = await ask(url);
    last = body;
    return ok ? pick(body) : undefined;
  };
  const found = await poll(look, (picked) => picked !== undefined, { withinMs });
  if (found !== undefined) return found;
  const answer = last instanceof Error ? last.message : JSON.stringify(last);
  throw new Error(await describe(answer));
}
