import { Logger } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { env } from './environment.js';

/** The server's own description of the connection. */
export interface DatabaseAnswer {
  readonly database: string;
  readonly user: string;
  /** The port that the server listens on. Behind a proxy it differs from the port of the URL. */
  readonly server_port: number;
}

const WHO = 'select current_database() as database, current_user as user, inet_server_port() as server_port';
/** Milliseconds: half of the time that a pool may take to be built. */
const WARM_UP_MS = 5_000;
const logger = new Logger('Database');

/** A pool on a PostgreSQL URL. It opens its first connection when it is first used. */
export function openPool(url: string): Pool {
  const pool = new Pool({
    connectionString: url,
    max: 10,
    // Also the longest wait for a free connection. A start waits longer for its config, so a host without an answer does not use that up.
    connectionTimeoutMillis: 4_000,
    query_timeout: 4_000,
    idleTimeoutMillis: 60_000,
  });
  // The pool opens another connection when it needs one. Without a listener the error would end the process.
  pool.on('error', (error) => logger.warn(`An idle connection was lost: ${reasonOf(error)}`));
  return pool;
}

/** @throws Error with a message for people: no answer, a wrong password, no such database */
export async function askDatabase(pool: Pool): Promise<DatabaseAnswer> {
  try {
    const { rows } = await pool.query<DatabaseAnswer>(WHO);
    return rows[0] as DatabaseAnswer;
  } catch (cause) {
    throw new Error(`The database does not answer: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Asks the database for its name, and logs the answer. A required database must answer, on as many connections as the pool may
 * have. A database that is not required and does not answer causes a warning. Does nothing with DATABASE_CHECK=off.
 */
export async function checkDatabase(pool: Pool, { required }: { required: boolean }): Promise<void> {
  if (env('DATABASE_CHECK') === 'off') return;
  const start = performance.now();
  try {
    const { database, user, server_port: port } = await askDatabase(pool);
    const took = Math.round(performance.now() - start);
    logger.log(`${database} answers ${user} on server port ${port}, after ${took} ms`);
    if (required) await warmUp(pool);
  } catch (error) {
    if (required) throw error;
    logger.warn(`${(error as Error).message}. This service continues without it`);
  }
}

/**
 * Opens all connections of the pool and asks on each, so that requests right after a swap do not wait for a connection. One after the
 * other: each takes processor time on both sides, and all at once would delay current requests. After WARM_UP_MS the rest are
 * opened when they are needed. The pool closes unused connections by itself.
 */
async function warmUp(pool: Pool): Promise<void> {
  const clients: PoolClient[] = [];
  const end = performance.now() + WARM_UP_MS;
  try {
    while (clients.length < pool.options.max && performance.now() < end) {
      const client = await pool.connect();
      // The pool listens only to connections that are not lent. An error also rejects the query, or shows at the next use.
      client.on('error', ignore);
      clients.push(client);
      await client.query(WHO);
    }
  } catch (cause) {
    throw new Error(`The database does not answer on several connections: ${reasonOf(cause)}`, { cause });
  } finally {
    for (const client of clients) {
      client.release();
      client.off('error', ignore);
    }
  }
}

const ignore = (): void => undefined;

/** A host with several addresses fails with one error for all of them, which has a code but no message. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as { code?: unknown };
  return cause.message || (typeof code === 'string' ? code : cause.name);
}
