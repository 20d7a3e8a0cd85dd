import { Injectable } from '@nestjs/common';
import { type HotResource, hotResource, InjectHotResource } from 'nestjs-hot-config';
import { Agent, request } from 'undici';
import { service2Config } from './service2.config.js';

export const UPSTREAM_AGENT = Symbol('UPSTREAM_AGENT');

export const upstreamAgent = hotResource({
  provide: UPSTREAM_AGENT,
  from: service2Config,
  select: ({ upstream }) => upstream,
  create: ({ connections, timeout_ms: timeout }) =>
    new Agent({ connections, connect: { timeout }, headersTimeout: timeout, bodyTimeout: timeout }),
  dispose: (agent) => agent.close(),
});

@Injectable()
export class UpstreamClient {
  constructor(@InjectHotResource(UPSTREAM_AGENT) private readonly agent: HotResource<Agent>) {}

  /** The body is read inside `use`: the lease lasts until its last byte. */
  get(url: string): Promise<{ readonly status: number; readonly text: string }> {
    return this.agent.use(async (dispatcher) => {
      const { statusCode: status, body } = await request(url, { dispatcher });
      return { status, text: await body.text() };
    });
  }
}
