import { isDeepStrictEqual } from 'node:util';
import { distinctUntilChanged, filter, map, type Observable } from 'rxjs';
import type {
  DeepReadonly,
  HotConfigChange,
  HotConfigRejection,
  HotConfigSnapshot,
  HotConfigStatus,
} from '../contract/index.js';
import { diffValues, differsAt } from '../engine/index.js';
import { isPlainObject, redactPart } from '../schema/index.js';
import {
  hideFields,
  HotConfigRef,
  summaryOf,
  type HotConfigRefSummary,
  type HotConfigSubscription,
  type OnChangeOptions,
} from './hot-config.ref.js';

/** A ref on a part of another ref. Holds no state but the part of the snapshot that it computed last. */
export class SelectedHotConfigRef<T, R> extends HotConfigRef<R> {
  private picked:
    { readonly from: HotConfigSnapshot<T>; readonly snapshot: HotConfigSnapshot<R> } | undefined = undefined;

  constructor(
    private readonly whole: HotConfigRef<T>,
    private readonly pick: (value: DeepReadonly<T>) => R,
    private readonly equals: (previous: R, current: R) => boolean = isDeepStrictEqual,
  ) {
    super();
    hideFields(this);
  }

  get key(): string {
    return this.whole.key;
  }

  get value(): DeepReadonly<R> {
    return this.snapshot.value;
  }

  get snapshot(): HotConfigSnapshot<R> {
    const from = this.whole.snapshot;
    if (this.picked?.from !== from) {
      const part = this.partOf(from.value);
      const before = this.picked?.snapshot.value as R;
      // The same part keeps its identity, so that a reader may compare by reference.
      const value = this.picked && this.equals(before, part) ? before : part;
      this.picked = { from, snapshot: { ...from, value: value as DeepReadonly<R> } };
    }
    return this.picked.snapshot;
  }

  get status(): HotConfigStatus {
    return this.whole.status;
  }

  get value$(): Observable<DeepReadonly<R>> {
    return this.whole.value$.pipe(
      map((value) => this.partOf(value)),
      distinctUntilChanged((previous, current) => this.equals(previous, current)),
      map((part) => part as DeepReadonly<R>),
    );
  }

  get changes$(): Observable<HotConfigChange<R>> {
    return this.whole.changes$.pipe(
      filter((change) => this.concerns(change)),
      map((change) => this.narrow(change)),
    );
  }

  get rejections$(): Observable<HotConfigRejection> {
    return this.whole.rejections$;
  }

  pinned<W>(work: () => W): W {
    return this.whole.pinned(work);
  }

  select<S>(
    pick: (value: DeepReadonly<R>) => S,
    equals?: (previous: S, current: S) => boolean,
  ): HotConfigRef<S> {
    return new SelectedHotConfigRef(this, pick, equals);
  }

  onChange(
    hook: (change: HotConfigChange<R>) => unknown,
    options: OnChangeOptions = {},
  ): HotConfigSubscription {
    const name = options.name ?? (hook.name || 'anonymous hook');
    const run = (change: HotConfigChange<T>): unknown =>
      this.concerns(change) ? hook(this.narrow(change)) : undefined;
    return this.whole.onChange(run, { ...options, name });
  }

  /** What the whole shows of itself, the part may show. */
  override toJSON(): HotConfigRefSummary {
    return summaryOf(this, () => redactPart(this.value, this.whole.value, this.whole.toJSON().value));
  }

  private partOf(value: DeepReadonly<T>): R {
    return frozen(this.pick(value));
  }

  private concerns({ previous, current }: HotConfigChange<T>): boolean {
    return previous === undefined || !this.equals(this.pick(previous), this.pick(current));
  }

  /** The parts' own difference. A part of a sensitive property stays sensitive. */
  private narrow(change: HotConfigChange<T>): HotConfigChange<R> {
    const previous = change.previous === undefined ? undefined : this.partOf(change.previous);
    const current = this.partOf(change.current);
    const hidden = change.diff.filter((difference) => difference.sensitive);
    const isHidden = (value: unknown): boolean =>
      hidden.some(
        ({ previous: before, current: after }) =>
          isDeepStrictEqual(value, before) || isDeepStrictEqual(value, after),
      );
    const diff = diffValues(previous, current, () => false).map((difference) => ({
      ...difference,
      sensitive: isHidden(difference.previous) || isHidden(difference.current),
    }));
    return {
      ...change,
      previous: previous as DeepReadonly<R> | undefined,
      current: current as DeepReadonly<R>,
      diff,
      has: (path) => differsAt(diff, path),
    };
  }
}

/** What `pick` builds around parts of the document is frozen as these are; an instance of a class is the caller's own. */
function frozen<R>(part: R): R {
  if (Object.isFrozen(part) || !(Array.isArray(part) || isPlainObject(part))) return part;
  Object.freeze(part);
  for (const member of Object.values(part)) frozen<unknown>(member);
  return part;
}
