/** Runs the work for every item, at most `limit` at once. Rejects with the first error of `work`, and then begins no other item. */
export async function forEachBounded<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let isFailed = false;
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) {
      if (isFailed) return;
      await work(item).catch((error: unknown) => {
        isFailed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
