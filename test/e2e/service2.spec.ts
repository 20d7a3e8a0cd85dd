import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AppProcess } from '../support/app-process.js';
import { World } from './world.js';

describe('service2', () => {
  let world: World;
  let upstream: Server;
  let service: AppProcess;
  let answer: RequestListener;

  beforeEach(async () => {
    world = await World.create();
    upstream = createServer((request, response) => answer(request, response));
    await once(upstream.listen(0, '127.0.0.1'), 'listening');
    const { port } = upstream.address() as AddressInfo;
    service = await world.start('service2', { NATS_URL: '', UPSTREAM_URL: `http://127.0.0.1:${port}/` });
  });
  afterEach(async () => {
    await world.close();
    upstream.closeAllConnections();
    await once(upstream.close(), 'close');
  });

  const edit = async (from: string, to: string): Promise<void> => {
    const line = service.lines.length;
    await world.edit('service2', from, to);
    await service.line(/applied revision/, line);
  };
  const quote = async (): Promise<{ status: number; limit: string | null; reset: string | null }> => {
    const { status, headers } = await fetch(`http://127.0.0.1:${service.port}/quote`);
    return { status, limit: headers.get('x-ratelimit-limit'), reset: headers.get('x-ratelimit-reset') };
  };

  it('throttles requests by the limits of the config, and follows a change of the limits', async () => {
    await edit('requests: 60', 'requests: 2');
    await edit('seconds: 60', 'seconds: 3600');
    expect(await quote()).toEqual({ status: 200, limit: '2', reset: '3600' });
    expect(await quote()).toMatchObject({ status: 200, limit: '2' });
    expect((await quote()).status).toBe(429);
    await edit('requests: 2', 'requests: 3');
    // The new limit admits exactly one more request.
    expect(await quote()).toMatchObject({ status: 200, limit: '3' });
    expect((await quote()).status).toBe(429);
  });

  it('calls upstream through an agent that follows the config', async () => {
    answer = (_request, response) => response.end('from upstream');
    expect(await service.get('/upstream')).toEqual({
      status: 200,
      body: { status: 200, text: 'from upstream' },
    });
    answer = () => undefined;
    await edit('timeout_ms: 3000', 'timeout_ms: 50');
    expect(await service.get('/upstream')).toMatchObject({
      status: 502,
      body: { message: expect.stringContaining('did not answer') as string },
    });
  });
});
