import type { DocumentSource, HotConfigDefinition, HotConfigUnavailableError } from '../contract/index.js';
import { KeyPipeline, type PipelineOptions } from './key/key-pipeline.js';
import { KeyReconciler } from './reconciler.js';
import type { SourceLink } from './source-link.js';
import { applyFirstValue, describeWait, type StartPolicy } from './startup.js';

export interface KeyEntryOptions extends PipelineOptions {
  readonly source: DocumentSource;
  readonly link: SourceLink;
  readonly startup: StartPolicy;
  readonly onUp: (entry: KeyEntry) => void;
  readonly onFailed: (entry: KeyEntry) => void;
}

/** One registered key: its pipeline, the reconciler that feeds it, and its start. */
export class KeyEntry {
  readonly pipeline: KeyPipeline;
  readonly reconciler: KeyReconciler;
  private readonly checked: void | Promise<void>;
  private ready: Promise<void> | undefined;
  /** Whether the start policy has given the key its first value. */
  isUp = false;
  /** Why the last read gave no document. */
  private lastError: string | undefined;
  private isWaitReported = false;
  private resolveMissing: () => void = () => undefined;
  /** Resolves when the store has answered that it has no such document, and never will. */
  private readonly missing = new Promise<void>((resolve) => (this.resolveMissing = resolve));

  /** @throws HotConfigSetupError for an invalid definition */
  constructor(
    definition: HotConfigDefinition,
    private readonly options: KeyEntryOptions,
  ) {
    this.checked = definition.check?.();
    // A check that fails makes `bringUp` fail; a key that nobody brings up fails nothing.
    this.checked?.catch(() => undefined);
    this.pipeline = new KeyPipeline(definition, options);
    this.reconciler = new KeyReconciler({
      source: options.source,
      key: definition.key,
      onFound: (document, force) => {
        this.lastError = undefined;
        this.pipeline.offer(document, force);
      },
      onMissing: (reason) => this.receiveMissing(reason),
      onUnreachable: (error) => this.receiveUnreachable(error),
    });
  }

  /** Resolves when the key has a value, by the start policy. Throws what `check` and `applyFirstValue` throw. */
  bringUp(): Promise<void> {
    return (this.ready ??= this.start());
  }

  /** The timer's hint. A veto or a failed build may be over by now: the database that could not be reached is back. */
  reconcile(): void {
    if (this.pipeline.current.rejection?.stage === 'prepare') void this.reconciler.refresh();
    else this.reconciler.hint();
    this.pipeline.lastKnownGood.retry();
  }

  private async start(): Promise<void> {
    try {
      if (this.checked) await this.checked;
      await this.applyFirstValue();
      this.isUp = true;
      this.options.onUp(this);
    } catch (error) {
      this.reconciler.stop();
      this.options.onFailed(this);
      throw error;
    }
  }

  private async applyFirstValue(): Promise<void> {
    const { pipeline, missing, options } = this;
    const { startup, source, stopped } = options;
    const { key, lastKnownGood } = pipeline;
    const stored = startup.fallback.includes('last-known-good')
      ? await lastKnownGood.load(key, startup.timeoutMs, stopped)
      : undefined;
    source.watch(key);
    this.reconciler.begin(stored);
    await applyFirstValue(pipeline, stored, { ...options, missing, lastError: () => this.lastError });
  }

  private receiveMissing(reason: string): void {
    this.lastError = reason;
    this.pipeline.served.recordMissing(reason);
    if (this.options.source.isComplete) this.resolveMissing();
    else this.reportWait();
  }

  private receiveUnreachable(error: HotConfigUnavailableError): void {
    const { link, report } = this.options;
    // One report per cause is enough.
    if (this.lastError !== error.reason && !link.explains(error.reason))
      report({ type: 'read-failed', key: this.pipeline.key, error });
    this.lastError = error.reason;
    if (link.isKnown) this.reportWait();
  }

  /** A start that waits without a line in the log looks like a start that hangs. */
  private reportWait(): void {
    const { applied, rejection } = this.pipeline.current;
    if (this.isWaitReported || applied || rejection) return;
    this.isWaitReported = true;
    this.options.link.reportNote(describeWait(this.pipeline.key, this.options.startup));
  }
}
