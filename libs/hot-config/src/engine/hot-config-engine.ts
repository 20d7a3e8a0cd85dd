import {
  HotConfigDuplicateKeyError,
  HotConfigNotRegisteredError,
  HotConfigSnapshotError,
  HotConfigUnavailableError,
  type DocumentSource,
  type HotConfigDefinition,
  type HotConfigStatus,
  type LinkState,
  type SnapshotStore,
  type StoredSnapshot,
} from '../contract/index.js';
import type { Report } from './events.js';
import { KeyPipeline } from './key-pipeline.js';
import { KeyReconciler } from './reconciler.js';
import { firstValue, type StartPolicy } from './startup.js';

export interface EngineOptions {
  readonly source: DocumentSource;
  readonly snapshots: SnapshotStore | undefined;
  readonly startup: StartPolicy;
  /** Milliseconds for one call of a hook or a schema. */
  readonly hookTimeoutMs: number;
  /** Milliseconds that running hooks get to end when the engine stops. */
  readonly graceMs: number;
  readonly report: Report;
}

interface Entry {
  readonly pipeline: KeyPipeline;
  readonly reconciler: KeyReconciler;
  ready: Promise<void> | undefined;
  trouble: string | undefined;
}

/** Holds every key of one application level with one source. Knows no framework and no transport. */
export class HotConfigEngine {
  private readonly entries = new Map<string, Entry>();
  private readonly stopping = new AbortController();
  private link: { up: boolean; since: Date; reason: string | undefined } = {
    up: false,
    since: new Date(),
    reason: 'not connected yet',
  };
  private timer: NodeJS.Timeout | undefined;
  private started: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(private readonly options: EngineOptions) {}

  /** Starts the source. Does not wait for the store to be reachable. */
  start(): Promise<void> {
    return (this.started ??= this.open());
  }

  keys(): readonly string[] {
    return [...this.entries.keys()];
  }

  /** Takes a key on. The same definition may be registered often; two definitions for one key are an error. */
  register<T extends object>(definition: HotConfigDefinition<T>): KeyPipeline<T> {
    const known = this.entries.get(definition.key);
    if (known && known.pipeline.definition !== (definition as unknown)) {
      throw new HotConfigDuplicateKeyError(
        `Two different definitions claim the key "${definition.key}". Declare it once and import that declaration everywhere.`,
        { key: definition.key },
      );
    }
    const entry = known ?? this.add(definition);
    return entry.pipeline as unknown as KeyPipeline<T>;
  }

  pipeline(key: string): KeyPipeline {
    return this.entry(key).pipeline;
  }

  /**
   * Resolves when the key has a value, by the start policy.
   *
   * @throws HotConfigParseError, HotConfigValidationError, HotConfigUnavailableError: see `firstValue`
   */
  ready(key: string): Promise<void> {
    const entry = this.entry(key);
    return (entry.ready ??= this.bringUp(entry));
  }

  /** Resolves when what is served is the store's, be it after hours. Rejects when the engine stops before. */
  async synchronized(key: string): Promise<void> {
    const { pipeline } = this.entry(key);
    let onStop = (): void => undefined;
    const stopped = new Promise<never>((_, reject) => {
      onStop = () =>
        reject(new HotConfigUnavailableError(`Stopped before the store's value of "${key}" came.`, { key }));
    });
    this.stopping.signal.addEventListener('abort', onStop, { once: true });
    if (this.stopping.signal.aborted) onStop();
    try {
      await Promise.race([pipeline.synchronized, stopped]);
    } finally {
      this.stopping.signal.removeEventListener('abort', onStop);
    }
  }

  /** Reads a key, or all, from the store now and tries a refused document again. Resolves when the hooks have ended. */
  async refresh(key?: string): Promise<void> {
    const entries = key === undefined ? [...this.entries.values()] : [this.entry(key)];
    await Promise.all(entries.map(({ reconciler }) => reconciler.refresh()));
    await Promise.all(entries.map(({ pipeline }) => pipeline.idle()));
  }

  status(key: string): HotConfigStatus {
    return this.entry(key).pipeline.status({ name: this.options.source.name, ...this.link });
  }

  /** Resolves when nothing is being read or applied and every hook has ended. */
  async idle(): Promise<void> {
    const entries = [...this.entries.values()];
    await Promise.all(entries.map(({ reconciler }) => reconciler.idle()));
    await Promise.all(entries.map(({ pipeline }) => pipeline.idle()));
  }

  /** The watch ends first, so that nothing new comes; then running hooks get their grace; then they are aborted. */
  stop(): Promise<void> {
    return (this.stopped ??= this.close());
  }

  private async open(): Promise<void> {
    await this.options.source.start({
      hint: (key, revision) => {
        if (key === undefined) this.reconcileAll();
        else this.entries.get(key)?.reconciler.hint(revision);
      },
      link: (link) => this.onLink(link),
    });
    if (!this.stopped) this.schedule();
  }

  private async close(): Promise<void> {
    clearTimeout(this.timer);
    for (const { reconciler } of this.entries.values()) reconciler.stop();
    await this.started?.catch(() => undefined);
    clearTimeout(this.timer);
    await this.options.source.stop();
    let grace: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => (grace = setTimeout(resolve, this.options.graceMs)));
    await Promise.race([this.idle(), over]);
    clearTimeout(grace);
    const reason = new HotConfigUnavailableError(
      'The application is stopping; no further change is applied.',
    );
    this.stopping.abort(reason);
  }

  private add(definition: HotConfigDefinition): Entry {
    const { source, hookTimeoutMs, snapshots, report } = this.options;
    const { key } = definition;
    const pipeline = new KeyPipeline(definition, {
      staleAfterMs: source.staleAfterMs,
      hookTimeoutMs,
      snapshots,
      report,
      stopped: this.stopping.signal,
    });
    const entry: Entry = {
      pipeline,
      ready: undefined,
      trouble: undefined,
      reconciler: new KeyReconciler({
        source,
        key,
        onFound: (document, force) => {
          entry.trouble = undefined;
          pipeline.offer(document, force);
        },
        onMissing: (reason) => {
          entry.trouble = reason;
          pipeline.reportMissing(reason);
        },
        onUnreachable: (error) => {
          // While the link is down its own report has said why; one report per cause is enough.
          if (this.link.up && entry.trouble !== error.message) report({ type: 'read-failed', key, error });
          entry.trouble = error.message;
        },
      }),
    };
    this.entries.set(key, entry);
    return entry;
  }

  private async bringUp(entry: Entry): Promise<void> {
    const { pipeline, reconciler } = entry;
    const { startup: policy, snapshots, source } = this.options;
    const stored = policy.fallback.includes('snapshot') ? await this.loadSnapshot(pipeline.key) : undefined;
    if (stored) reconciler.expect(stored);
    source.watch(pipeline.key);
    reconciler.hint();
    await firstValue(pipeline, stored, {
      policy,
      snapshots,
      sourceName: source.name,
      lastTrouble: () => entry.trouble,
      stopped: this.stopping.signal,
    });
  }

  private async loadSnapshot(key: string): Promise<StoredSnapshot | undefined> {
    const { snapshots, report } = this.options;
    try {
      return await snapshots?.load(key);
    } catch (cause) {
      const message = `The last known good of "${key}" could not be read from ${snapshots?.name}; it is ignored.`;
      const error =
        cause instanceof HotConfigSnapshotError ? cause : new HotConfigSnapshotError(message, { key, cause });
      report({ type: 'snapshot-failed', key, error });
      return undefined;
    }
  }

  private onLink(link: LinkState): void {
    const reason = link.up ? undefined : link.error.message;
    if (this.link.up === link.up && this.link.reason === reason) return;
    const since = this.link.up === link.up ? this.link.since : new Date();
    this.link = { up: link.up, since, reason };
    this.options.report({ type: 'link', source: this.options.source.name, link });
    if (link.up) this.reconcileAll();
  }

  private reconcileAll(): void {
    for (const { reconciler } of this.entries.values()) reconciler.hint();
  }

  /** Never later than `reconcileMs`, so that the bound holds; earlier by up to a fifth, so that a fleet spreads out. */
  private schedule(): void {
    const ms = this.options.source.reconcileMs * (1 - Math.random() / 5);
    this.timer = setTimeout(() => {
      this.reconcileAll();
      this.schedule();
    }, ms);
    // What keeps a process alive is the source's link, not the wish to check it.
    this.timer.unref();
  }

  private entry(key: string): Entry {
    const entry = this.entries.get(key);
    if (entry) return entry;
    throw new HotConfigNotRegisteredError(
      `"${key}" is not registered. Declare it with HotConfigModule.forFeature; registered are: ${this.keys().join(', ') || 'none'}.`,
      { key },
    );
  }
}
