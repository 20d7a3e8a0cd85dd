import { Generation } from './generation.js';

it('a generation that is held for good is disposed of when drainMs is over, however early its timer fires', async () => {
  let open = 100;
  const ended = Array.from({ length: open }, async (_, i) => {
    const generation = new Generation('instance', 'selected', [], () => {
      open--;
      return Promise.resolve();
    });
    generation.lease();
    await new Promise((resolve) => setTimeout(resolve, 1 + (i % 7)));
    await generation.retire(10);
  });
  await Promise.all(ended);
  expect(open).toBe(0);
});
