import {
  HotConfigLastKnownGoodError,
  type HotConfigStatus,
  type LastKnownGoodStore,
  type SourceDocument,
  type LastKnownGoodDocument,
} from '../contract/index.js';
import { withDeadline } from '../async/deadline.js';
import type { Report } from './events.js';

/** Milliseconds that a disk gets at least: it is asked also where a start does not wait for the store at all. */
const LOAD_MS = 1_000;

/** Milliseconds after which a save that has not ended is reported. It is waited for all the same: it may still end, last. */
const SAVE_MS = 30_000;

/** Keeps the document of one key that was applied for the next start. A store that fails is reported once, and tried again, until it works. */
export class LastKnownGood {
  private waiting: LastKnownGoodDocument | undefined;
  private saving: Promise<void> | undefined;
  /** What could not be saved, and is not on disk otherwise. */
  private unsaved: LastKnownGoodDocument | undefined;
  private failed: HotConfigStatus['lastKnownGoodFailure'];

  constructor(
    private readonly store: LastKnownGoodStore | undefined,
    private readonly report: Report,
  ) {}

  /** Not waited for: a slow disk must not delay a change. One at a time; of what comes meanwhile only the newest is saved. */
  save(
    { key, bytes, contentType, revision, epoch, origin, publishedAt }: SourceDocument,
    digest: string,
  ): void {
    const place = { key, revision, epoch, digest, origin, publishedAt };
    this.enqueue({ ...place, bytes, contentType, savedAt: new Date() });
  }

  /** Tries again to save what could not be saved. */
  retry(): void {
    if (this.unsaved) this.enqueue(this.unsaved);
  }

  /** Set while what is served is not on disk. */
  get failure(): HotConfigStatus['lastKnownGoodFailure'] {
    return this.failed;
  }

  /** What the last run has kept. A disk that fails, or hangs, keeps nobody from starting: it is reported. */
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
      const error =
        cause instanceof HotConfigLastKnownGoodError
          ? cause
          : new HotConfigLastKnownGoodError(message, { key, cause });
      this.report({ type: 'last-known-good-failed', key, error });
      return undefined;
    }
  }

  /** Reports why what the last run has kept is not served. */
  ignore(key: string, reason: string): void {
    const message = `The last known good of "${key}" in ${this.store?.name} is ignored: it is no longer valid: ${reason}. The next good document replaces it.`;
    this.report({
      type: 'last-known-good-failed',
      key,
      error: new HotConfigLastKnownGoodError(message, { key }),
    });
  }

  /** Resolves when everything is on disk, or has failed. */
  async idle(): Promise<void> {
    await this.saving;
  }

  private enqueue(stored: LastKnownGoodDocument): void {
    if (!this.store) return;
    this.unsaved = undefined;
    this.waiting = stored;
    this.saving ??= this.saveAll(this.store);
  }

  private async saveAll(store: LastKnownGoodStore): Promise<void> {
    // So that `saving` is set before it is unset, whatever the store does.
    await Promise.resolve();
    while (this.waiting) {
      const stored = this.waiting;
      this.waiting = undefined;
      const fail = (cause: unknown): void => this.fail(stored.key, store.name, cause);
      const late = setTimeout(() => fail(new Error(`not saved within ${SAVE_MS} ms`)), SAVE_MS);
      late.unref();
      try {
        await store.save(stored);
        this.failed = undefined;
      } catch (cause) {
        fail(cause);
        this.unsaved = this.waiting ? undefined : stored;
      }
      clearTimeout(late);
    }
    this.saving = undefined;
  }

  private fail(key: string, name: string, cause: unknown): void {
    const message = `The last known good of "${key}" could not be saved to ${name}; a restart without the store would not have it.`;
    const error =
      cause instanceof HotConfigLastKnownGoodError
        ? cause
        : new HotConfigLastKnownGoodError(message, { key, cause });
    if (!this.failed) this.report({ type: 'last-known-good-failed', key, error });
    this.failed = { since: this.failed?.since ?? new Date(), error };
  }
}
