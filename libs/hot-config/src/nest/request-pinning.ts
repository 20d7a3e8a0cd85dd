import { Inject, Injectable, Optional } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { HotConfigRuntime } from './hot-config.runtime.js';
import type { HotConfigModuleOptions } from './options.js';
import { HOT_CONFIG_OPTIONS, HOT_CONFIG_RUNTIME } from './tokens.js';

/** The end of an HTTP request, whatever the server. */
interface Response {
  readonly closed: boolean;
  on(event: 'close', listener: () => void): unknown;
}
type Next = () => void;

/** What of a Fastify instance is used. */
interface FastifyLike {
  addHook(name: 'onRequest', hook: (request: unknown, reply: { raw: Response }, done: Next) => void): unknown;
}

/**
 * Holds each HTTP request to one view of the configs, from before its guards to the end of its response: the option
 * `pinRequests`. By the server's own hook, not by an interceptor: those cost a quarter of a small request, whatever they do.
 */
@Injectable()
export class RequestPinning {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(HOT_CONFIG_RUNTIME) private readonly runtime: HotConfigRuntime,
    @Optional() @Inject(HOT_CONFIG_OPTIONS) private readonly options: HotConfigModuleOptions = {},
  ) {}

  /** To be called before Nest registers its routes, to come before all of them. */
  attach(): void {
    const adapter = this.host.httpAdapter;
    if (!this.options.pinRequests || !adapter) return;
    if (adapter.getType() === 'fastify') {
      const fastify = adapter.getInstance<FastifyLike>();
      fastify.addHook('onRequest', (_request, { raw }, done) => this.hold(raw, done));
    } else {
      adapter.use((_request: unknown, response: Response, next: Next) => this.hold(response, next));
    }
  }

  private hold(response: Response, next: Next): void {
    // The client may have gone while something before us was waiting; no event would tell of it any more.
    if (response.closed) return next();
    const { leave } = this.runtime.enter(this.runtime.pinOf(undefined), next);
    // Not `once`, which makes a function of its own for each: leaving twice does nothing.
    response.on('close', leave);
  }
}
