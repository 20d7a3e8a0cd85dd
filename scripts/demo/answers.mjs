import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two questions: short beside a start, long beside an answer. */
const everyMs = 50;

/**
 * @param {string} url
 * @returns {Promise<{ ok: boolean, body: unknown }>} not ok when nobody answered, with the reason
 */
export async function ask(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return { ok: response.ok, body: await response.json() };
  } catch (error) {
    return { ok: false, body: error instanceof Error ? (error.cause ?? error) : error };
  }
}

/**
 * Asks again and again until the answer is the wanted one.
 *
 * @template T
 * @param {string} url
 * @param {(answer: { ok: boolean, body: unknown }) => T | undefined} pick undefined: not yet
 * @param {number} withinMs
 * @returns {Promise<{ picked: T } | { last: { ok: boolean, body: unknown } }>} `last` when the time was over
 */
export async function askUntil(url, pick, withinMs) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask(url);
    const picked = pick(answer);
    if (picked !== undefined) return { picked };
    if (Date.now() >= deadline) return { last: answer };
    await sleep(everyMs);
  }
}

/**
 * @param {string} name
 * @param {string} base
 * @param {number} withinMs
 */
export async function untilHealthy(name, base, withinMs) {
  const answer = await askUntil(`${base}/health`, ({ ok }) => ok || undefined, withinMs);
  if ('picked' in answer) return;
  const { body } = answer.last;
  const said = body instanceof Error ? body.message : JSON.stringify(body);
  throw new Error(`${name} did not become healthy within ${withinMs / 1000} s. ${base}/health said: ${said}`);
}
