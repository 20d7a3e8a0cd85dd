import { unlessAborted } from './unless-aborted.js';

it('what waits for a promise is rejected with the reason of the abort, and hears no more of the promise', async () => {
  const stopping = new AbortController();
  let fail: (error: Error) => void = () => undefined;
  const waiting = unlessAborted(new Promise((_, reject) => (fail = reject)), stopping.signal);
  stopping.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  fail(new Error('late'));
  await expect(unlessAborted(Promise.resolve(1), stopping.signal)).rejects.toThrow('stopped');
});
