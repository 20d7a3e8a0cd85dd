import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Test, type TestingModule } from '@nestjs/testing';
import { HotConfigModule, type HotResource } from 'nestjs-hot-config';
import { HotConfigTestingModule, HotConfigTestStore } from 'nestjs-hot-config/testing';
import type { Agent } from 'undici';
import { service2Config } from '../../apps/service2/src/service2.config.js';
import { UPSTREAM_AGENT, upstreamAgent, UpstreamClient } from '../../apps/service2/src/upstream.client.js';
import { silent } from './recipe.fixture.js';

describe('the undici recipe', () => {
  let server: Server;
  let url: string;
  let module: TestingModule;

  const document = (upstream: object): object => ({
    database: { host: 'postgres://user2:password2@localhost/database2' },
    upstream,
  });
  const set = (upstream: object): Promise<void> =>
    module.get(HotConfigTestStore).set(service2Config, document(upstream));
  const ask = (): Promise<{ readonly status: number; readonly text: string }> =>
    module.get(UpstreamClient).get(url);
  const arrival = async (): Promise<{ request: IncomingMessage; response: ServerResponse }> => {
    const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
    return { request, response };
  };

  beforeEach(async () => {
    server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    module = await Test.createTestingModule({
      imports: [
        HotConfigTestingModule.forRoot({ service2: document({ connections: 1 }) }),
        HotConfigModule.forFeature([service2Config]),
      ],
      providers: [upstreamAgent, UpstreamClient],
    })
      .setLogger(silent)
      .compile();
  });
  afterEach(async () => {
    await module.close();
    server.closeAllConnections();
    await once(server.close(), 'close');
  });

  it('uses as many connections as the config allows, and after a change the new number', async () => {
    const ports = new Set<number | undefined>();
    const note = ({ socket }: IncomingMessage, response: ServerResponse): void => {
      ports.add(socket.remotePort);
      response.end('done');
    };
    server.on('request', note);
    await Promise.all([ask(), ask(), ask()]);
    expect(ports.size).toBe(1);
    server.off('request', note);

    await set({ connections: 2 });
    const answers = [ask(), ask()];
    const both: ServerResponse[] = [];
    // Both requests must arrive before one is answered: over one connection the second would never arrive.
    for (; both.length < 2;) both.push((await arrival()).response);
    for (const response of both) response.end('at once');
    expect(await Promise.all(answers)).toEqual([
      { status: 200, text: 'at once' },
      { status: 200, text: 'at once' },
    ]);
  });

  it('lets a running request finish on the replaced agent, to its last byte, and then closes the connection of that request', async () => {
    const replaced = module.get<HotResource<Agent>>(UPSTREAM_AGENT).current;
    const slow = ask();
    const held = await arrival();
    held.response.write('begun before, ');
    await set({ connections: 4 });

    const quick = ask();
    const other = await arrival();
    other.response.end('over the new agent');
    expect(await quick).toEqual({ status: 200, text: 'over the new agent' });
    expect(other.request.socket).not.toBe(held.request.socket);
    expect(held.request.socket.destroyed).toBe(false);
    expect(replaced.closed).toBe(false);

    const closed = once(held.request.socket, 'close');
    held.response.end('ended after');
    expect(await slow).toEqual({ status: 200, text: 'begun before, ended after' });
    await closed;
    // The agent was closed; its connections did not just time out.
    expect(replaced.closed).toBe(true);
  });

  it('aborts a request after the timeout that the config gives at that time', async () => {
    await set({ timeout_ms: 50 });
    const answer = ask();
    await Promise.all([expect(answer).rejects.toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT' }), arrival()]);
  });
});
