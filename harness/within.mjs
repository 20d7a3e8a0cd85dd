/**
 * A promise that rejects when it has not settled in time.
 *
 * @template T
 * @param {number} milliseconds
 * @param {Promise<T>} work
 * @param {() => string} describe the error's message
 * @returns {Promise<T>}
 */
export async function within(milliseconds, work, describe) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((/** @type {(never: never) => void} */ _resolve, reject) => {
    timer = setTimeout(() => reject(new Error(describe())), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
