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

/** The used part of a Fastify instance. */
interface FastifyLike {
  addHook(name: 'onRequest', hook: (request: unknown, reply: { raw: Response }, done: Next) => void): unknown;
}

/**
 * The option `pinRequests`: pins each HTTP request to one view of the configs, from before its guards to the end of its response. By
 * the server's own hook, because any interceptor costs a quarter of a small request.
 */
@Injectable()
export class RequestPinning {
  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(HOT_CONFIG_RUNTIME) private readonly runtime: HotConfigRuntime,
    @Optional() @Inject(HOT_CONFIG_OPTIONS) private readonly options: HotConfigModuleOptions = {},
  ) {}

  /** Must be called before Nest registers its routes, so that it runs before them. */
  attach(): void {
    const adapter = this.host.httpAdapter;
    if (!this.options.pinRequests || !adapter) return;
    if (adapter.getType() === 'fastify') {
      const fastify = adapter.getInstance<FastifyLike>();
      fastify.addHook('onRequest', (_request, { raw }, done) => this.pin(raw, done));
    } else {
      adapter.use((_request: unknown, response: Response, next: Next) => this.pin(response, next));
    }
  }

  private pin(response: Response, next: Next): void {
    // The client may have gone while an earlier hook was waiting. There will be no `close` event then.
    if (response.closed) return next();
    const { leave } = this.runtime.enter(this.runtime.pinOf(undefined), next);
    // Not `once`, which creates another function for each request: leaving twice does nothing.
    response.on('close', leave);
  }
}
