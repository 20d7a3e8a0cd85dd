import { types } from 'node:util';
import { Observable, type Observer, type Operator, type Subscription } from 'rxjs';

/**
 * An observable whose subscribers cannot bring the process down: an error that nobody handles is reported instead of
 * being thrown from a timer, as RxJS does. Holds through `pipe`, because operators build on `lift`.
 */
export class IsolatedObservable<T> extends Observable<T> {
  constructor(
    private readonly report: (error: unknown) => void,
    subscribe?: ConstructorParameters<typeof Observable<T>>[0],
  ) {
    super(subscribe);
  }

  // Deprecated for callers, but `pipe` calls it to create the next observable.
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new IsolatedObservable<R>(this.report);
    lifted.source = this;
    lifted.operator = operator;
    return lifted;
  }

  override subscribe(
    observerOrNext?: Partial<Observer<T>> | ((value: T) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    // An operator's own subscriber handles its errors. Only observers of an application are wrapped.
    if (isSubscriber(observerOrNext)) return super.subscribe(observerOrNext);
    const target =
      typeof observerOrNext === 'function' || !observerOrNext
        ? { next: observerOrNext, error, complete }
        : observerOrNext;
    return super.subscribe({
      next: (value) => this.guard(() => target.next?.(value)),
      error: (cause) => (target.error ? this.guard(() => target.error?.(cause)) : this.report(cause)),
      complete: () => this.guard(() => target.complete?.()),
    });
  }

  /** An async function fails later, where nothing would catch its error. */
  private guard(call: () => unknown): void {
    try {
      const result = call();
      if (types.isPromise(result)) result.catch((error: unknown) => this.report(error));
    } catch (error) {
      this.report(error);
    }
  }
}

function isSubscriber(value: unknown): value is Partial<Observer<never>> {
  return typeof value === 'object' && value !== null && 'add' in value && 'closed' in value;
}
