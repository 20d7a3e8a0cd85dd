import { Logger } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { env } from './environment.js';

/** By the server's own word. */
export interface DatabaseAnswer {
  readonly database: string;
  readonly user: string;
  /** The port that the server listens on, which is not the one dialled when something lies between. */
  readonly server_port: number;
}

const WHO = 'select current_database() as database, current_user as user, inet_server_port() as server_port';
/** Milliseconds: half of what building the pool may take in all. */
const WARM_UP_MS = 5_000;
const logger = new Logger('Database');

/** A pool on a PostgreSQL URL. It opens its first connection when it is first used. */
export function openPool(url: string): Pool {
  const pool = new Pool({
    connectionString: url,
    max: 10,
    // For a free connection as well. Shorter than a start waits for its config, so that a silent host does not use that up.
    connectionTimeoutMillis: 4_000,
    query_timeout: 4_000,
    idleTimeoutMillis: 60_000,
  });
  // The pool opens another when it is needed. Without a listener the error would end the process.
  pool.on('error', (error) => logger.warn(`An idle connection was lost: ${reasonOf(error)}`));
  return pool;
}

/** @throws Error with a message for people: nobody answers there, the password is wrong, there is no such database */
export async function askDatabase(pool: Pool): Promise<DatabaseAnswer> {
  try {
    const { rows } = await pool.query<DatabaseAnswer>(WHO);
    return rows[0] as DatabaseAnswer;
  } catch (cause) {
    throw new Error(`The database does not answer: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Asks the database who it is, and tells it in the log. One that is required must answer, on as many connections as the pool may
 * have; one that is not and does not answer is a warning. DATABASE_CHECK=off asks nobody.
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
 * Opens its connections and asks on each, so that the requests right after a swap wait for none; those that nobody needs are closed
 * again soon. One after the other: each takes processor time on both sides, and all at once would hold up the requests of now.
 * What is not open after a while is opened as it is needed.
 */
async function warmUp(pool: Pool): Promise<void> {
  const clients: PoolClient[] = [];
  const end = performance.now() + WARM_UP_MS;
  try {
    while (clients.length < pool.options.max && performance.now() < end) {
      const client = await pool.connect();
      // The pool listens to those that it holds only. Who is asked rejects too; the others are found broken when they are used.
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

/** A host with several addresses fails with one error for all of them, which has a code and no message. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as { code?: unknown };
  return cause.message || (typeof code === 'string' ? code : cause.name);
}
