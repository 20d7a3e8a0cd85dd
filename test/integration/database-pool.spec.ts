import { Logger } from '@nestjs/common';
import { type PostgresServer, PostgresServers } from '../../harness/postgres.mjs';
import { checkDatabase, openPool } from '../../libs/service-kit/src/database.js';
import { TcpRelay } from '../support/tcp-relay.js';

describe('a pool that is to be swapped in', () => {
  const postgres = new PostgresServers(1);
  let server: PostgresServer;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    await postgres.start();
    [server] = postgres.servers as [PostgresServer];
  });
  afterAll(() => postgres.stop());

  it('has opened all its connections, and asked the database on each of them', async () => {
    const pool = openPool(server.url);
    await checkDatabase(pool, { required: true });
    expect([pool.totalCount, pool.idleCount]).toEqual([10, 10]);
    await pool.end();
  });

  /** Checks a pool behind a relay, and calls `atTheFifth` when the fifth connection is opened. */
  async function checkThrough(atTheFifth: (relay: TcpRelay) => void): Promise<number> {
    let connections = 0;
    const relay = await TcpRelay.start(() => {
      if (++connections === 5) atTheFifth(relay);
      return server.port;
    });
    const url = new URL(server.url);
    url.port = String(relay.port);
    const pool = openPool(String(url));
    try {
      await checkDatabase(pool, { required: true });
      return pool.totalCount;
    } finally {
      await pool.end();
      await relay.stop();
    }
  }

  it('does without connections that are lost while others are opened, and the process lives on', async () => {
    expect(await checkThrough((relay) => relay.drop())).toBe(6);
  });

  it('is rejected when the database goes away while connections are opened', async () => {
    await expect(checkThrough((relay) => relay.cut())).rejects.toThrow('on several connections');
  });
});
