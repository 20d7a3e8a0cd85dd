/** Waits for conditions on state that events change. Each condition is checked at once, and again at every event. */
export class EventWaiter {
  /** @type {Set<() => void>} */
  #checks = new Set();

  /** To be called after every event. */
  notify() {
    for (const check of [...this.#checks]) check();
  }

  /**
   * @template T
   * @param {() => T | undefined} look returns undefined for not yet; an error that it throws ends the wait
   * @param {() => string} describe what is still missing, for the error
   * @param {number} [withinMs]
   * @returns {Promise<T>}
   */
  until(look, describe, withinMs = 60_000) {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#checks.delete(check);
      };
      const check = () => {
        try {
          const found = look();
          if (found === undefined) return;
          resolve(found);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
        end();
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`${describe()} within ${withinMs} ms`));
      }, withinMs);
      this.#checks.add(check);
      check();
    });
  }
}
