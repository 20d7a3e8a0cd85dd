import type { Observable } from 'rxjs';
import {
  checkMilliseconds,
  type DeepReadonly,
  type HotConfigChange,
  type HotConfigRejection,
  type HotConfigSnapshot,
  type HotConfigStatus,
} from '../contract/index.js';
import { checkOptionNames, type OptionNames } from '../document/index.js';
import type { KeyPipeline, Pins } from '../engine/index.js';
import { redact } from '../redaction/index.js';
import {
  hideFields,
  HotConfigRef,
  type HotConfigRefSummary,
  type HotConfigSubscription,
  type OnChangeOptions,
  subscriptionOf,
  summaryOf,
} from './hot-config.ref.js';
import { IsolatedObservable } from './isolated-observable.js';
import { SelectedHotConfigRef } from './selected.ref.js';

const HOOK_OPTIONS: OptionNames<OnChangeOptions> = {
  timeoutMs: true,
  name: true,
  critical: true,
  immediate: true,
};

/** The parts of an application that a ref needs besides the pipeline of its key. */
export interface RefContext {
  status(): HotConfigStatus;
  /** The pins, which say at which revision running code reads; undefined for a ref without an application. */
  readonly pins: Pins | undefined;
  pinned<R>(work: () => R): R;
  /** Aborted when the application closes; observables complete then. */
  readonly closed: AbortSignal;
}

/** The ref of a whole document: a thin view on the pipeline of its key. */
export class DocumentHotConfigRef<T extends object> extends HotConfigRef<T> {
  readonly value$: Observable<DeepReadonly<T>>;
  readonly changes$: Observable<HotConfigChange<T>>;
  readonly rejections$: Observable<HotConfigRejection>;
  private readonly report = (error: unknown): void => this.pipeline.served.reportListenerError(error);

  constructor(
    private readonly pipeline: KeyPipeline<T>,
    private readonly context: RefContext,
  ) {
    super();
    this.value$ = this.observe<DeepReadonly<T>>((next) => {
      next(pipeline.snapshot.value);
      return pipeline.served.onSwap((snapshot) => next(snapshot.value));
    });
    this.changes$ = this.observe<HotConfigChange<T>>((next) => {
      let seen = pipeline.snapshot;
      return pipeline.served.onSwap((snapshot) => {
        const change = pipeline.changes.describe(seen, snapshot, context.closed);
        seen = snapshot;
        next(change);
      });
    });
    this.rejections$ = this.observe<HotConfigRejection>((next) => pipeline.served.onRejection(next));
    hideFields(this);
  }

  get key(): string {
    return this.pipeline.key;
  }

  get value(): DeepReadonly<T> {
    return this.snapshot.value;
  }

  get snapshot(): HotConfigSnapshot<T> {
    const view = this.context.pins?.view;
    return (view?.snapshots.get(this.key) as HotConfigSnapshot<T> | undefined) ?? this.pipeline.snapshot;
  }

  get status(): HotConfigStatus {
    return this.context.status();
  }

  pinned<R>(work: () => R): R {
    return this.context.pinned(work);
  }

  select<R>(
    pick: (value: DeepReadonly<T>) => R,
    equals?: (previous: R, current: R) => boolean,
  ): HotConfigRef<R> {
    return new SelectedHotConfigRef(this, this.report, pick, equals);
  }

  onChange(
    hook: (change: HotConfigChange<T>) => unknown,
    options: OnChangeOptions = {},
  ): HotConfigSubscription {
    checkOptionNames(`onChange of "${this.key}"`, options, HOOK_OPTIONS);
    const name = options.name ?? (hook.name || 'anonymous hook');
    const { timeoutMs, critical, immediate } = options;
    checkMilliseconds(`timeoutMs of the hook ${name}`, timeoutMs);
    const added = { name, timeoutMs, run: hook };
    const add = (): (() => void) =>
      critical
        ? this.pipeline.hooks.addCritical(added)
        : this.pipeline.hooks.addNotify(added, immediate ? 'nothing' : 'now');
    // Calls of the hook are not part of the request that adds it, so they are not held to its pin.
    return subscriptionOf(this.context.pins?.outside(add) ?? add());
  }

  override toJSON(): HotConfigRefSummary {
    return summaryOf(this, () => redact(this.pipeline.definition, this.value));
  }

  private observe<E>(attach: (next: (event: E) => void) => () => void): Observable<E> {
    const { closed } = this.context;
    return new IsolatedObservable<E>(this.report, (subscriber) => {
      const complete = (): void => subscriber.complete();
      closed.addEventListener('abort', complete, { once: true });
      const detach = attach((event) => subscriber.next(event));
      if (closed.aborted) complete();
      return () => {
        detach();
        closed.removeEventListener('abort', complete);
      };
    });
  }
}
