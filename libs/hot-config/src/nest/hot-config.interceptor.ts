import {
  Inject,
  Injectable,
  Optional,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
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
 * Holds a request to one view of the configs: all that its handler reads, awaits and calls sees the same revision of each, and
 * uses the hot resources that belong to it, however many changes arrive meanwhile. Guards run before interceptors; those of
 * `HotFeature` see the same view, others read what is current.
 *
 *     { provide: APP_INTERCEPTOR, useClass: HotConfigInterceptor }
 */
@Injectable()
export class HotConfigInterceptor implements NestInterceptor {
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

/** A resolver's arguments are parent, arguments, context, information. A subscription's context outlives each of its events. */
function isSubscription(context: ExecutionContext): boolean {
  return context.getArgByIndex<ResolveInfo | undefined>(3)?.operation?.operation === 'subscription';
}

/** By Nest's conventions; a message, over NATS or a web socket, has its own object or none that outlives it. */
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
