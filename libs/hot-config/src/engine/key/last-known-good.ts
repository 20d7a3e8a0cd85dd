import { withDeadline } from '../../async/deadline.js';
import { LatestOnly } from '../../async/latest-only.js';
import {
  HotConfigLastKnownGoodError,
  type HotConfigStatus,
  type LastKnownGoodDocument,
  type LastKnownGoodStore,
  type SourceDocument,
} from '../../contract/index.js';
import type { Report } from '../events.js';

/** Milliseconds that a disk gets at least: it is asked also where a start does not wait for the store at all. */
const LOAD_MS = 1_000;

/** Milliseconds after which a save counts as failed. It is waited for all the same: it may still end. */
const SAVE_MS = 30_000;

/** Keeps the applied document of one key for the next start. A store that fails is reported once, until it works again. */
export class LastKnownGood {
  /** The newest document that is not on disk, or is being saved. */
  private unsaved: LastKnownGoodDocument | undefined;
  /** Set while the served value is not on disk. */
  failure: HotConfigStatus['lastKnownGoodFailure'];
  /** One save at a time, of the newest document. */
  private readonly saves = new LatestOnly<LastKnownGoodDocument>({
    work: (document) => this.write(document),
  });

  constructor(
    private readonly store: LastKnownGoodStore | undefined,
    private readonly report: Report,
  ) {}

  /** Returns at once: a slow disk must not delay a change. */
  save(
    { key, bytes, contentType, revision, epoch, origin, publishedAt }: SourceDocument,
    digest: string,
  ): void {
    if (!this.store) return;
    const position = { key, revision, epoch, digest, origin, publishedAt };
    this.unsaved = { ...position, bytes, contentType, savedAt: new Date() };
    this.saves.offer(this.unsaved);
  }

  /** Saves again what could not be saved. */
  retry(): void {
    if (this.unsaved && !this.saves.isBusy) this.saves.offer(this.unsaved);
  }

  /** What the last run has saved. A disk that fails or hangs is reported, and then there is none. */
  async load(
    key: string,
    timeoutMs: number,
    stopped: AbortSignal,
  ): Promise<LastKnownGoodDocument | undefined> {
    const { store } = this;
    if (!store) return undefined;
    const withinMs = Math.max(timeoutMs, LOAD_MS);
    const late = (): Error => new Error(`no answer within ${withinMs} ms`);
    try {
      return await withDeadline(() => store.load(key), withinMs, stopped, late);
    } catch (cause) {
      const message = `The last known good of "${key}" could not be read from ${store.name}; it is ignored.`;
      this.report({ type: 'last-known-good-failed', key, error: errorOf(key, message, cause) });
      return undefined;
    }
  }

  /** Reports why the document that the last run has saved is not served. */
  reportIgnored(key: string, reason: string): void {
    const message = `The last known good of "${key}" in ${this.store?.name} is ignored: it is no longer valid: ${reason}. The next good document replaces it.`;
    this.report({ type: 'last-known-good-failed', key, error: errorOf(key, message) });
  }

  /** Resolves when everything is on disk, or has failed. */
  idle(): Promise<void> {
    return this.saves.idle();
  }

  private async write(document: LastKnownGoodDocument): Promise<void> {
    const { key } = document;
    const fail = (cause: unknown): void => this.fail(key, cause);
    // No deadline: a save that is not waited for could end after a newer one.
    const late = setTimeout(() => fail(new Error(`not saved within ${SAVE_MS} ms`)), SAVE_MS);
    late.unref();
    try {
      await this.store?.save(document);
      this.failure = undefined;
      if (this.unsaved === document) this.unsaved = undefined;
    } catch (cause) {
      fail(cause);
    }
    clearTimeout(late);
  }

  private fail(key: string, cause: unknown): void {
    const message = `The last known good of "${key}" could not be saved to ${this.store?.name}; a restart without the store would not have it.`;
    const error = errorOf(key, message, cause);
    if (!this.failure) this.report({ type: 'last-known-good-failed', key, error });
    this.failure = { since: this.failure?.since ?? new Date(), error };
  }
}

function errorOf(key: string, message: string, cause?: unknown): HotConfigLastKnownGoodError {
  return cause instanceof HotConfigLastKnownGoodError
    ? cause
    : new HotConfigLastKnownGoodError(message, { key, cause });
}
