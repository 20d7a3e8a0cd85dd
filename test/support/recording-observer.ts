import type { LinkState, SourceObserver } from '../../libs/hot-config/src/contract/index.js';

/** Records the reports of a source, and lets a test wait for them without a timer. */
export class RecordingObserver implements SourceObserver {
  readonly hints: { readonly key: string | undefined; readonly revision: number | undefined }[] = [];
  readonly links: LinkState[] = [];
  private events = 0;
  private wake: () => void = () => undefined;
  private next = new Promise<void>((resolve) => (this.wake = resolve));

  /** `onHint` runs inside each report, for listeners that are slow. */
  constructor(private readonly onHint: () => void = () => undefined) {}

  hint(key?: string, revision?: number): void {
    this.onHint();
    this.hints.push({ key, revision });
    this.happened();
  }

  link(state: LinkState): void {
    this.links.push(state);
    this.happened();
  }

  noted(): void {
    this.happened();
  }

  get up(): boolean {
    return this.links.at(-1)?.up === true;
  }

  /** The messages of all reports that the link is down, in order. */
  get failures(): readonly string[] {
    return this.links.flatMap((link) => (link.up ? [] : [link.error.message]));
  }

  hinted(key: string): number {
    return this.hints.filter((hint) => hint.key === key || hint.key === undefined).length;
  }

  /** Checks now, and again after each report, as the engine does. It has no limit but the time limit of the test. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (;;) {
      const { events, next } = this;
      if (await condition()) return;
      if (events === this.events) await next;
    }
  }

  private happened(): void {
    this.events++;
    this.wake();
    this.next = new Promise((resolve) => (this.wake = resolve));
  }
}
