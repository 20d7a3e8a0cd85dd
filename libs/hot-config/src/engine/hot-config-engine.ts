import { withDeadline } from '../async/deadline.js';
import { sharedController } from '../async/shared-controller.js';
import { unlessAborted } from '../async/unless-aborted.js';
import {
  type DocumentSource,
  type HotConfigDefinition,
  HotConfigDuplicateKeyError,
  HotConfigNotRegisteredError,
  type HotConfigStatus,
  HotConfigUnavailableError,
} from '../contract/index.js';
import type { KeyOptions, KeyPipeline } from './key/key-pipeline.js';
import { KeyEntry } from './key-entry.js';
import { LatestView, Pin, Pins } from './pins/pins.js';
import { ResourceSet } from './resources/resource-set.js';
import { SourceLink } from './source-link.js';
import type { StartPolicy } from './startup.js';

export interface EngineOptions extends KeyOptions {
  readonly source: DocumentSource;
  readonly startup: StartPolicy;
  /** Milliseconds that running hooks get to end when the engine stops. */
  readonly graceMs: number;
}

/** Keeps every key of one application in sync with one source. Knows no framework and no transport. */
export class HotConfigEngine {
  private readonly entries = new Map<string, KeyEntry>();
  private readonly upListeners: ((pipeline: KeyPipeline) => void)[] = [];
  private readonly stopping = sharedController();
  readonly resources: ResourceSet;
  /** Which view of the configs the running code reads. */
  readonly pins = new Pins();
  private readonly latest: LatestView;
  private readonly link: SourceLink;
  private timer: NodeJS.Timeout | undefined;
  private started: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(private readonly options: EngineOptions) {
    const { source, hookTimeoutMs: timeoutMs, report } = options;
    this.link = new SourceLink(source, report);
    const config = (key: string): KeyPipeline | undefined => this.entries.get(key)?.pipeline;
    this.resources = new ResourceSet({ config, timeoutMs, report, stopped: this.stopping.signal });
    this.latest = new LatestView(this.entries, this.resources);
  }

  /** Starts the source. Does not wait for the store to be reachable. */
  start(): Promise<void> {
    return (this.started ??= this.open());
  }

  keys(): readonly string[] {
    return [...this.entries.keys()];
  }

  /**
   * Registers a key. The same definition may be registered often.
   *
   * @throws HotConfigDuplicateKeyError for a second definition of one key, HotConfigSetupError for an invalid definition
   */
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

  /** A pin on what is in force now. */
  pin(): Pin {
    return new Pin(this.latest.view());
  }

  pipeline(key: string): KeyPipeline {
    return this.entry(key).pipeline;
  }

  /** Calls back once for each key that has its first value, and for each that gets one from now on. */
  forEachUp(listener: (pipeline: KeyPipeline) => void): void {
    this.upListeners.push(listener);
    for (const { isUp, pipeline } of this.entries.values()) if (isUp) listener(pipeline);
  }

  /**
   * Resolves when the key has a value, by the start policy.
   *
   * @throws HotConfigSetupError for an invalid definition; HotConfigParseError, HotConfigValidationError,
   * HotConfigUnavailableError: see `applyFirstValue`
   */
  ready(key: string): Promise<void> {
    return this.keepingAlive(this.entry(key).bringUp());
  }

  /** Resolves when the served value is the store's, however long that takes. Rejects when the engine stops before. */
  async synchronized(key: string): Promise<void> {
    const { pipeline } = this.entry(key);
    await this.keepingAlive(unlessAborted(pipeline.served.synchronized, this.stopping.signal)).catch(() => {
      throw new HotConfigUnavailableError(`Stopped before the store's value of "${key}" arrived.`, { key });
    });
  }

  /**
   * Reads a key, or all, from the store now and retries a rejected document. Resolves when the hooks have ended; for a key that is
   * in a hook when it is called, when the read has ended: a hook that waited for itself would never end.
   */
  async refresh(key?: string): Promise<void> {
    const entries = key === undefined ? [...this.entries.values()] : [this.entry(key)];
    const waitedFor = entries.filter(({ pipeline }) => !pipeline.hooks.isRunning);
    // A pinned request may call this; hooks must not read what that request is held to.
    await this.pins.outside(() => Promise.all(entries.map(({ reconciler }) => reconciler.refresh())));
    await Promise.all(waitedFor.map(({ pipeline }) => pipeline.settled()));
  }

  status(key: string): HotConfigStatus {
    return this.entry(key).pipeline.status(this.link.status);
  }

  /** Resolves when nothing is being read or applied and every hook has ended. */
  async idle(): Promise<void> {
    const entries = [...this.entries.values()];
    await Promise.all(entries.map(({ reconciler }) => reconciler.idle()));
    await Promise.all(entries.map(({ pipeline }) => pipeline.idle()));
    await this.resources.idle();
  }

  /** The source stops first, so that nothing new comes; then running hooks get their grace; then they are aborted. */
  stop(): Promise<void> {
    return (this.stopped ??= this.close());
  }

  /** To be called after `stop`, when nobody uses the resources any more. Leases get the grace to end. */
  async disposeResources(): Promise<void> {
    await this.resources.end(this.options.graceMs);
  }

  private async open(): Promise<void> {
    await this.options.source.start({
      hint: (key, revision) => {
        if (key === undefined) this.hintAll();
        else this.entries.get(key)?.reconciler.hint(revision);
      },
      link: (link) => {
        this.link.receive(link);
        // Up is a hint, also when the source never reported that it was down.
        if (link.up) this.hintAll();
      },
      noted: () => this.link.reportNotes(),
    });
    if (!this.stopped) this.schedule();
  }

  private async close(): Promise<void> {
    const { source, graceMs } = this.options;
    clearTimeout(this.timer);
    for (const { reconciler } of this.entries.values()) reconciler.stop();
    const isStarted = await this.started?.then(
      () => true,
      () => false,
    );
    clearTimeout(this.timer);
    // A source that rejected the start may be in use by another application.
    if (isStarted) await source.stop();
    const late = (): Error => new Error('the grace is over');
    await withDeadline(() => this.idle(), graceMs, this.stopping.signal, late).catch(() => undefined);
    const reason = new HotConfigUnavailableError(
      'The application is stopping; no further change is applied.',
    );
    this.stopping.abort(reason);
    // A change that is under way is rolled back; only then is it known which resources there are to be disposed of.
    await this.resources.settled();
  }

  private add(definition: HotConfigDefinition): KeyEntry {
    const { resources, link, options } = this;
    const { staleAfterMs } = options.source;
    const entry = new KeyEntry(definition, {
      ...options,
      staleAfterMs,
      resources,
      link,
      stopped: this.stopping.signal,
      onUp: ({ pipeline }) => this.upListeners.forEach((listener) => listener(pipeline)),
      onFailed: (failed) => this.remove(failed),
    });
    this.entries.set(definition.key, entry);
    return entry;
  }

  /** A key without a value is removed: a module that is loaded lazily may register it once more. */
  private remove(entry: KeyEntry): void {
    const { key } = entry.pipeline;
    if (this.entries.get(key) === entry) this.entries.delete(key);
  }

  private hintAll(): void {
    for (const { reconciler } of this.entries.values()) reconciler.hint();
  }

  /** Never later than `reconcileMs`, so that the bound holds; earlier by up to a fifth, so that a fleet spreads out. */
  private schedule(): void {
    const ms = this.options.source.reconcileMs * (1 - Math.random() / 5);
    this.timer = setTimeout(() => {
      for (const entry of this.entries.values()) entry.reconcile();
      this.schedule();
    }, ms);
    // A process that has nothing else to do may end: a test that forgets to close its application, for instance.
    this.timer.unref();
  }

  /** Until the engine stops. Node exits, with code 13, while a promise is awaited and no handle is open; a source may have none. */
  private keepingAlive(awaited: Promise<void>): Promise<void> {
    const handle = setInterval(() => undefined, 60_000);
    const end = (): void => clearInterval(handle);
    unlessAborted(awaited, this.stopping.signal).then(end, end);
    return awaited;
  }

  private entry(key: string): KeyEntry {
    const entry = this.entries.get(key);
    if (entry) return entry;
    throw new HotConfigNotRegisteredError(
      `"${key}" is not registered. Declare it with HotConfigModule.forFeature; registered keys: ${this.keys().join(', ') || 'none'}.`,
      { key },
    );
  }
}
