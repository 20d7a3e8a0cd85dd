import { ResourceInstance } from './resource-instance.js';

it('an instance whose lease never ends is disposed of when drainMs is over, however early its timer fires', async () => {
  let open = 100;
  const ended = Array.from({ length: open }, async (_, i) => {
    const made = new ResourceInstance('instance', 'selected', [], () => {
      open--;
      return Promise.resolve();
    });
    made.lease();
    await new Promise((resolve) => setTimeout(resolve, 1 + (i % 7)));
    await made.retire(10);
  });
  await Promise.all(ended);
  expect(open).toBe(0);
});
