/**
 * Resolves after one whole turn of the event loop, from check phase to check phase. In between, closed handles are gone
 * (close phase), and inotify has been read until it was empty (poll phase).
 */
export async function drainEventLoop(): Promise<void> {
  for (let phase = 0; phase < 2; phase += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
