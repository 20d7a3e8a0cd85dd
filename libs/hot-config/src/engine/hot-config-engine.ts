import {
  HotConfigDuplicateKeyError,
  HotConfigNotRegisteredError,
  HotConfigUnavailableError,
  type DocumentSource,
  type HotConfigDefinition,
  type HotConfigStatus,
  type HotResourceDefinition,
  type LinkState,
  type LastKnownGoodStore,
} from '../contract/index.js';
import type { Variables } from '../document/index.js';
import type { Report } from './events.js';
import { KeyPipeline } from './key-pipeline.js';
import { LatestView } from './latest-view.js';
import { Pin, Pins } from './pins.js';
import { KeyReconciler } from './reconciler.js';
import type { ResourceCell } from './resource-cell.js';
import { ResourceSet } from './resource-set.js';
import { sharedController } from '../async/shared-controller.js';
import { firstValue, whatComesNext, type StartPolicy } from './startup.js';

export interface EngineOptions {
  readonly source: DocumentSource;
  readonly lastKnownGoodStore: LastKnownGoodStore | undefined;
  readonly startup: StartPolicy;
  /** For `${NAME}` in the texts of documents; undefined: such a text stays as it is. */
  readonly variables?: Variables | undefined;
  /** Milliseconds for one call of a hook or a schema. */
  readonly hookTimeoutMs: number;
  /** Milliseconds that running hooks get to end when the engine stops. */
  readonly graceMs: number;
  readonly report: Report;
}

interface Entry {
  readonly pipeline: KeyPipeline;
  /** Rejects for an invalid definition. */
  readonly checked: Promise<void>;
  readonly reconciler: KeyReconciler;
  ready: Promise<void> | undefined;
  /** Whether the start policy has given it its first value. */
  isUp: boolean;
  trouble: string | undefined;
  /** Whether the log says what the start waits for. */
  isWaitTold: boolean;
  /** Resolves when the store has answered that it has no such document, and never will. */
  readonly missing: Promise<void>;
}

/** Keeps every key of one application in sync with one source. Knows no framework and no transport. */
export class HotConfigEngine {
  private readonly entries = new Map<string, Entry>();
  private readonly upListeners: ((pipeline: KeyPipeline) => void)[] = [];
  private readonly stopping = sharedController();
  private readonly resources: ResourceSet;
  /** Which view of the configs the running code reads. */
  readonly pins = new Pins();
  private readonly latest: LatestView;
  private link: { up: boolean; since: Date; reason: string | undefined } = {
    up: false,
    since: new Date(),
    reason: 'not connected yet',
  };
  /** Until then a source that cannot be reached is one that has not answered yet. */
  private isLinkTold = false;
  private told: readonly string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private started: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(private readonly options: EngineOptions) {
    this.resources = new ResourceSet({
      config: (key) => this.entries.get(key)?.pipeline,
      timeoutMs: options.hookTimeoutMs,
      report: options.report,
      stopped: this.stopping.signal,
    });
    this.latest = new LatestView({ entries: this.entries, cells: () => this.resources.all() });
  }

  /** Starts the source. Does not wait for the store to be reachable. */
  start(): Promise<void> {
    return (this.started ??= this.open());
  }

  keys(): readonly string[] {
    return [...this.entries.keys()];
  }

  /**
   * Takes a key on. The same definition may be registered often; two definitions for one key are an error.
   *
   * @throws HotConfigDuplicateKeyError, or HotConfigSetupError for a definition that cannot be meant
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

  /** Takes a resource on; best before its configs come up, so that their start policy covers its first build. */
  addResource(definition: HotResourceDefinition): ResourceCell {
    return this.resources.add(definition);
  }

  /** Resolves when the resource is built. Its configs must have their values. Throws `RejectionError`. */
  bringUpResource(definition: HotResourceDefinition): Promise<ResourceCell> {
    return this.resources.bringUp(definition);
  }

  resourceCells(): readonly ResourceCell[] {
    return this.resources.all();
  }

  /** Holds work to what is in force now. */
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
   * @throws HotConfigParseError, HotConfigValidationError, HotConfigUnavailableError: see `firstValue`
   */
  ready(key: string): Promise<void> {
    const entry = this.entry(key);
    return (entry.ready ??= this.bringUp(entry));
  }

  /** Resolves when what is served is the store's, however long that takes. Rejects when the engine stops before. */
  async synchronized(key: string): Promise<void> {
    const { pipeline } = this.entry(key);
    let onStop = (): void => undefined;
    const stopped = new Promise<never>((_, reject) => {
      onStop = () =>
        reject(
          new HotConfigUnavailableError(`Stopped before the store's value of "${key}" arrived.`, { key }),
        );
    });
    this.stopping.signal.addEventListener('abort', onStop, { once: true });
    if (this.stopping.signal.aborted) onStop();
    try {
      await Promise.race([pipeline.synchronized, stopped]);
    } finally {
      this.stopping.signal.removeEventListener('abort', onStop);
    }
  }

  /** Reads a key, or all, from the store now and retries a rejected document. Resolves when the hooks have ended. */
  async refresh(key?: string): Promise<void> {
    const entries = key === undefined ? [...this.entries.values()] : [this.entry(key)];
    // A request may ask for it; the hooks must not read what that request is held to.
    await this.pins.outside(() => Promise.all(entries.map(({ reconciler }) => reconciler.refresh())));
    await Promise.all(entries.map(({ pipeline }) => pipeline.settled()));
  }

  status(key: string): HotConfigStatus {
    const { name } = this.options.source;
    return this.entry(key).pipeline.status({ name, ...this.link, notes: this.notes() });
  }

  /** Resolves when nothing is being read or applied and every hook has ended. */
  async idle(): Promise<void> {
    const entries = [...this.entries.values()];
    await Promise.all(entries.map(({ reconciler }) => reconciler.idle()));
    await Promise.all(entries.map(({ pipeline }) => pipeline.idle()));
    await this.resources.idle();
  }

  /** The watch ends first, so that nothing new comes; then running hooks get their grace; then they are aborted. */
  stop(): Promise<void> {
    return (this.stopped ??= this.close());
  }

  /** For after `stop`, when nobody asks for them any more: drained for at most the grace, and disposed of in order. */
  async disposeResources(): Promise<void> {
    await this.resources.end(this.options.graceMs);
  }

  private async open(): Promise<void> {
    await this.options.source.start({
      hint: (key, revision) => {
        if (key === undefined) this.reconcileAll();
        else this.entries.get(key)?.reconciler.hint(revision);
      },
      link: (link) => this.onLink(link),
      noted: () => this.tellNotes(),
    });
    if (!this.stopped) this.schedule();
  }

  private async close(): Promise<void> {
    clearTimeout(this.timer);
    for (const { reconciler } of this.entries.values()) reconciler.stop();
    const isStarted = await this.started?.then(
      () => true,
      () => false,
    );
    clearTimeout(this.timer);
    // One that refused to start may be at work for another application.
    if (isStarted) await this.options.source.stop();
    let grace: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => (grace = setTimeout(resolve, this.options.graceMs)));
    await Promise.race([this.idle(), over]);
    clearTimeout(grace);
    const reason = new HotConfigUnavailableError(
      'The application is stopping; no further change is applied.',
    );
    this.stopping.abort(reason);
    // What was under way is being undone; only then is it known what there is to be disposed of.
    await this.resources.settled();
  }

  private add(definition: HotConfigDefinition): Entry {
    const { source, hookTimeoutMs, lastKnownGoodStore, variables, report } = this.options;
    const { key } = definition;
    const checked = Promise.resolve(definition.check?.());
    // Its rejection makes the key's start fail, see `bringUp`; a key that is never brought up must not end the process.
    checked.catch(() => undefined);
    const pipeline = new KeyPipeline(definition, {
      staleAfterMs: source.staleAfterMs,
      hookTimeoutMs,
      lastKnownGoodStore,
      variables,
      report,
      resources: this.resources,
      stopped: this.stopping.signal,
    });
    let markMissing = (): void => undefined;
    const entry: Entry = {
      pipeline,
      checked,
      missing: new Promise((resolve) => (markMissing = resolve)),
      ready: undefined,
      isUp: false,
      trouble: undefined,
      isWaitTold: false,
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
          if (source.isComplete) markMissing();
          else this.tellWait(entry);
        },
        onUnreachable: (error) => {
          // While the link is down its own report has said why, or a note has; one report per cause is enough.
          const isTold = entry.trouble === error.reason || this.told.includes(error.reason);
          if (this.link.up && !isTold) report({ type: 'read-failed', key, error });
          entry.trouble = error.reason;
          if (this.isLinkTold) this.tellWait(entry);
        },
      }),
    };
    this.entries.set(key, entry);
    return entry;
  }

  /** A key that gets no value is let go again: a module that is loaded late may be tried once more. */
  private async bringUp(entry: Entry): Promise<void> {
    try {
      await entry.checked;
      await this.takeFirstValue(entry);
      entry.isUp = true;
      for (const listener of this.upListeners) listener(entry.pipeline);
    } catch (error) {
      entry.reconciler.stop();
      if (this.entries.get(entry.pipeline.key) === entry) this.entries.delete(entry.pipeline.key);
      throw error;
    }
  }

  private async takeFirstValue(entry: Entry): Promise<void> {
    const { pipeline, reconciler } = entry;
    const { startup: policy, lastKnownGoodStore, source } = this.options;
    const { key, lastKnownGood } = pipeline;
    const { signal: stopped } = this.stopping;
    const stored = policy.fallback.includes('last-known-good')
      ? await lastKnownGood.load(key, policy.timeoutMs, stopped)
      : undefined;
    source.watch(key);
    reconciler.begin(stored);
    await firstValue(pipeline, stored, {
      policy,
      endsWhenRejected: source.isComplete === true,
      lastKnownGoodStore,
      sourceName: source.name,
      missing: entry.missing,
      lastTrouble: () => entry.trouble,
      onLastKnownGoodRejected: (reason) => lastKnownGood.ignore(key, reason),
      stopped,
    });
  }

  /** A start that waits without a word looks like one that hangs. */
  private tellWait(entry: Entry): void {
    const { applied, rejection } = entry.pipeline.current;
    if (entry.isWaitTold || applied || rejection) return;
    entry.isWaitTold = true;
    const { source, startup, report } = this.options;
    report({ type: 'note', source: source.name, note: whatComesNext(entry.pipeline.key, startup) });
  }

  /** Up is a sign of a change, also when the loss before it was never told. */
  private onLink(link: LinkState): void {
    this.takeLink(link);
    if (link.up) this.reconcileAll();
  }

  private takeLink(link: LinkState): void {
    const reason = link.up ? undefined : link.error.message;
    if (this.link.up === link.up && this.link.reason === reason) return;
    const since = this.link.up === link.up ? this.link.since : new Date();
    this.link = { up: link.up, since, reason };
    this.options.report({ type: 'link', source: this.options.source.name, link });
    this.isLinkTold = true;
    this.tellNotes();
  }

  private notes(): readonly string[] {
    // While the link is down, that is what limits it.
    return this.link.up ? (this.options.source.notes?.() ?? []) : [];
  }

  /** Each when it appears; one that went and comes back is news again, but for an outage in between. */
  private tellNotes(): void {
    if (!this.link.up) return;
    const { source, report } = this.options;
    const before = this.told;
    this.told = this.notes();
    for (const note of this.told)
      if (!before.includes(note)) report({ type: 'note', source: source.name, note });
  }

  private reconcileAll(): void {
    for (const { reconciler } of this.entries.values()) reconciler.hint();
  }

  /** Never later than `reconcileMs`, so that the bound holds; earlier by up to a fifth, so that a fleet spreads out. */
  private schedule(): void {
    const ms = this.options.source.reconcileMs * (1 - Math.random() / 5);
    this.timer = setTimeout(() => {
      for (const { pipeline, reconciler } of this.entries.values()) {
        // A hook's veto or a failed build may be over by now: the database that could not be reached is back.
        if (pipeline.current.rejection?.stage === 'prepare') void reconciler.refresh();
        else reconciler.hint();
        pipeline.lastKnownGood.retry();
      }
      this.schedule();
    }, ms);
    // What keeps a process alive is the source's link, not the wish to check it.
    this.timer.unref();
  }

  private entry(key: string): Entry {
    const entry = this.entries.get(key);
    if (entry) return entry;
    throw new HotConfigNotRegisteredError(
      `"${key}" is not registered. Declare it with HotConfigModule.forFeature; registered keys: ${this.keys().join(', ') || 'none'}.`,
      { key },
    );
  }
}
