/** Functions that are called synchronously, in the order in which they were added. A listener that throws affects nobody else. */
export class Listeners<E> {
  private readonly listeners = new Set<(event: E) => void>();

  constructor(private readonly onError: (error: unknown) => void) {}

  /** Returns the function that removes the listener. */
  add(listener: (event: E) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  emit(event: E): void {
    for (const listener of [...this.listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.onError(error);
      }
    }
  }
}
