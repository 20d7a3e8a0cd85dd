import { KeyedQueue } from './keyed-queue.js';

/** A queue whose work on a key goes on until the test ends it. */
function held(): { queue: KeyedQueue; begun: string[]; end: (key: string) => Promise<void> } {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const queue = new KeyedQueue((key) => {
    begun.push(key);
    return new Promise((resolve) => ends.set(key, resolve));
  });
  const end = async (key: string): Promise<void> => {
    ends.get(key)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, begun, end };
}

describe('the queue of keys', () => {
  it('works on a key once at a time, and once more when the key was added meanwhile, however often', async () => {
    const { queue, begun, end } = held();
    queue.add('a');
    for (let i = 0; i < 5; i += 1) queue.add('a');
    expect(begun).toEqual(['a']);
    await end('a');
    expect(begun).toEqual(['a', 'a']);
    await end('a');
    expect(begun).toEqual(['a', 'a']);
  });

  it('fault: 500 files at once: works on at most sixteen at a time, and leaves none out', async () => {
    const { queue, begun, end } = held();
    const keys = Array.from({ length: 40 }, (_, i) => `key${i}`);
    for (const key of keys) queue.add(key);
    expect(begun).toHaveLength(16);
    for (let done = 0; done < keys.length; done += 1) {
      expect(begun.length).toBeLessThanOrEqual(16 + done);
      await end(keys[done] ?? '');
    }
    expect(begun).toEqual(keys);
  });

  it('accepts no key after it was closed, and is idle when the work under way has ended', async () => {
    const { queue, begun, end } = held();
    queue.add('a');
    queue.add('a');
    queue.close();
    queue.add('b');
    let idle = false;
    const waited = queue.idle().then(() => (idle = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(idle).toBe(false);
    await end('a');
    await waited;
    expect(begun).toEqual(['a']);
  });
});
