import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
} from '@nestjs/common';
import { Observable } from 'rxjs';
import type { HotConfigRuntime } from './hot-config.runtime.js';
import { HOT_CONFIG_REQUEST_OF, HOT_CONFIG_RUNTIME } from './tokens.js';

/**
 * Returns what identifies a request, for the handlers and guards that serve it together: an object that lives as long as the
 * request. Undefined: each handler is a request of its own.
 */
export type RequestOf = (context: ExecutionContext) => object | undefined;

/**
 * Pins a request to one view of the configs: its handler, with all that it awaits and calls, reads the same revision of each config
 * and uses the hot resources that belong to it, however many changes arrive meanwhile. Guards run before interceptors: `HotFeature`
 * sees the same view, other guards read the current values.
 *
 *     { provide: APP_INTERCEPTOR, useClass: HotConfigInterceptor }
 */
@Injectable()
export class HotConfigInterceptor implements NestInterceptor {
  /** @internal Nest calls it. */
  constructor(
    @Inject(HOT_CONFIG_RUNTIME) private readonly runtime: HotConfigRuntime,
    @Optional() @Inject(HOT_CONFIG_REQUEST_OF) private readonly requestOf: RequestOf = requestObject,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const pin = this.runtime.pinOf(this.requestOf(context));
    return new Observable((subscriber) => {
      const { result, leave } = this.runtime.enter(pin, () => next.handle().subscribe(subscriber));
      subscriber.add(leave);
      return result;
    });
  }
}

interface ResolveInfo {
  readonly operation?: { readonly operation?: string };
}

/** The fourth argument of a GraphQL resolver. The context of a subscription outlives each of its events. */
function isSubscription(context: ExecutionContext): boolean {
  return context.getArgByIndex<ResolveInfo | undefined>(3)?.operation?.operation === 'subscription';
}

/** By Nest's conventions. A message, over NATS or a web socket, has no object that lives as long as the message. */
export function requestObject(context: ExecutionContext): object | undefined {
  switch (context.getType<string>()) {
    case 'http':
      return context.switchToHttp().getRequest<object>();
    case 'graphql':
      return isSubscription(context) ? undefined : context.getArgByIndex<object | undefined>(2);
    default:
      return undefined;
  }
}
