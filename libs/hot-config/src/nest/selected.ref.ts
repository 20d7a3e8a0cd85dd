import { isDeepStrictEqual } from 'node:util';
import { distinctUntilChanged, filter, map, mergeMap, type Observable } from 'rxjs';
import type {
  DeepReadonly,
  HotConfigChange,
  HotConfigRejection,
  HotConfigSnapshot,
  HotConfigStatus,
} from '../contract/index.js';
import { membersOf } from '../document/index.js';
import { differsAt, diffValues, hasMembers, NOT_APPLICABLE } from '../engine/index.js';
import { redactPart } from '../redaction/index.js';
import { isPlainObject } from '../schema/index.js';
import {
  hideFields,
  HotConfigRef,
  type HotConfigRefSummary,
  type HotConfigSubscription,
  type OnChangeOptions,
  summaryOf,
} from './hot-config.ref.js';

/** A ref on a part of another ref. Its only state is the part that it computed last, and the value on which `pick` failed last. */
export class SelectedHotConfigRef<T, R> extends HotConfigRef<R> {
  private picked:
    { readonly from: HotConfigSnapshot<T>; readonly snapshot: HotConfigSnapshot<R> } | undefined = undefined;
  private failedOn: { readonly value: DeepReadonly<T> } | undefined = undefined;

  /** @param report receives the errors of `pick` and `equals` that no caller receives */
  constructor(
    private readonly whole: HotConfigRef<T>,
    private readonly report: (error: unknown) => void,
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
      const value = this.picked && this.isSame(before, part) ? before : part;
      this.picked = { from, snapshot: { ...from, value: value as DeepReadonly<R> } };
    }
    return this.picked.snapshot;
  }

  get status(): HotConfigStatus {
    return this.whole.status;
  }

  get value$(): Observable<DeepReadonly<R>> {
    return this.whole.value$.pipe(
      mergeMap((value) => this.isolated(value, () => this.partOf(value))),
      distinctUntilChanged((previous, current) => this.isSame(previous, current)),
      map((part) => part as DeepReadonly<R>),
    );
  }

  get changes$(): Observable<HotConfigChange<R>> {
    return this.whole.changes$.pipe(
      mergeMap((change) => this.isolated(change.current, () => this.narrow(change))),
      filter((narrowed) => narrowed !== undefined),
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
    return new SelectedHotConfigRef(this, this.report, pick, equals);
  }

  onChange(
    hook: (change: HotConfigChange<R>) => unknown,
    options: OnChangeOptions = {},
  ): HotConfigSubscription {
    const name = options.name ?? (hook.name || 'anonymous hook');
    const run = (change: HotConfigChange<T>): unknown => {
      const narrowed = this.narrow(change);
      return narrowed ? hook(narrowed) : NOT_APPLICABLE;
    };
    return this.whole.onChange(run, { ...options, name });
  }

  /** Shows of the part what the whole shows of it. */
  override toJSON(): HotConfigRefSummary {
    return summaryOf(this, () => redactPart(this.value, this.whole.value, this.whole.toJSON().value));
  }

  private partOf(value: DeepReadonly<T>): R {
    return frozen(this.pick(value));
  }

  /** Nothing where `pick` throws: an observable that ended with it would miss the value that is good again. */
  private isolated<P>(from: DeepReadonly<T>, picking: () => P): readonly P[] {
    try {
      const made = [picking()];
      this.failedOn = undefined;
      return made;
    } catch (error) {
      // Each subscriber calls `pick`; one report for a value is enough.
      if (this.failedOn?.value !== from) this.report(error);
      this.failedOn = { value: from };
      return [];
    }
  }

  /** Parts that cannot be compared count as different. */
  private isSame(previous: R, current: R): boolean {
    try {
      return this.equals(previous, current);
    } catch (error) {
      this.report(error);
      return false;
    }
  }

  /** Undefined without a value before, or when `pick` throws on that value: the error was reported when the value was the newest. */
  private partBefore({ previous }: HotConfigChange<T>): { readonly part: R } | undefined {
    if (previous === undefined) return undefined;
    try {
      return { part: this.partOf(previous) };
    } catch {
      return undefined;
    }
  }

  /**
   * The change of the part; undefined when the part is the same. A part of a sensitive property stays sensitive.
   *
   * @throws the error of `pick` on the current value
   */
  private narrow(change: HotConfigChange<T>): HotConfigChange<R> | undefined {
    const current = this.partOf(change.current);
    const before = this.partBefore(change);
    if (before && this.isSame(before.part, current)) return undefined;
    const previous = before?.part;
    const hidden = change.diff.filter((difference) => difference.sensitive);
    // Without the part before, more may differ than the difference of the whole shows: all of it counts as sensitive.
    const isUnknown = !before && change.previous !== undefined;
    const isAllHidden = isUnknown || hidden.some(({ path }) => path === '');
    const sides = hidden.flatMap((difference) => [difference.previous, difference.current]);
    const isSecret = membership(sides.flatMap((side) => [...leavesOf(side)]));
    const isHidden = (value: unknown): boolean => isAllHidden || [...leavesOf(value)].some(isSecret);
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

/** The leaves of a value: texts, numbers, dates. */
function* leavesOf(value: unknown, above: readonly unknown[] = []): Generator {
  if (value === undefined || above.includes(value)) return;
  if (!hasMembers(value)) yield value;
  else for (const [, member] of membersOf(value)) yield* leavesOf(member, [...above, value]);
}

/** A test whether a value is equal to one of these. A document may hold thousands of texts, but few dates. */
function membership(values: readonly unknown[]): (value: unknown) => boolean {
  const known = new Set(values);
  const objects = values.filter((value) => typeof value === 'object');
  return (value) =>
    known.has(value) ||
    (typeof value === 'object' && objects.some((object) => isDeepStrictEqual(value, object)));
}

/** Freezes lists and mappings that `pick` builds around parts of the document. An instance of a class belongs to the caller. */
function frozen<R>(part: R): R {
  if (Object.isFrozen(part) || !(Array.isArray(part) || isPlainObject(part))) return part;
  Object.freeze(part);
  for (const member of Object.values(part)) frozen<unknown>(member);
  return part;
}
