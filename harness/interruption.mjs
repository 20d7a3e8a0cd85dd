/**
 * Resolves at the first request to end: a signal, or the end of the reader of standard output, as with `head`.
 *
 * @param {() => void} [onSecond] called at a second signal
 * @returns {Promise<'interrupted'>}
 */
export function interruption(onSecond = () => undefined) {
  return new Promise((resolve) => {
    let times = 0;
    const request = () => {
      times += 1;
      resolve('interrupted');
      if (times === 2) onSecond();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, request);
    process.stdout.on('error', () => resolve('interrupted'));
  });
}
