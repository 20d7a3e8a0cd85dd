import { unlessAborted } from './unless-aborted.js';

it('unlessAborted rejects with the reason of the abort, and ignores the promise afterwards', async () => {
  const stopping = new AbortController();
  let fail: (error: Error) => void = () => undefined;
  const waiting = unlessAborted(new Promise((_, reject) => (fail = reject)), stopping.signal);
  stopping.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  fail(new Error('late'));
  await expect(unlessAborted(Promise.resolve(1), stopping.signal)).rejects.toThrow('stopped');
});
