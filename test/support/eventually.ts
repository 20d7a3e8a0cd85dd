/** Asks again until the answer satisfies: for what another process shows over HTTP and no event tells. */
export async function eventually<T>(ask: () => Promise<T>, satisfies: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await ask().catch((error: unknown) => error as T);
    if (!(answer instanceof Error) && satisfies(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`Still not so: ${JSON.stringify(answer) ?? String(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
