/**
 * Real PostgreSQL servers without Docker, for the demo, the tests and the benchmark. Each server has its own user, password and
 * database. Their data is removed when they stop.
 */
import { chown, cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { freePorts } from './free-port.mjs';
import { findPrograms } from './postgres-programs.mjs';
import { ProcessSet } from './process-set.mjs';

/** @import { Child, Surroundings } from './child.mjs' */
/** @typedef {{ pid: number, user: string, database: string, application: string, state: string }} Connection */
/** @typedef {{ set: ProcessSet, programs: string, user: Surroundings }} Ground what all servers share */

/** Milliseconds from the start until a server must accept connections, on a machine that is very busy. */
const readyWithinMs = 60_000;

/** The superuser of all servers. No application uses it. */
const admin = { user: 'postgres', password: 'postgres' };

/** No data has to survive a crash, and little is stored. */
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  shared_buffers: '16MB',
  // The default is /tmp, where other servers may have their sockets.
  unix_socket_directories: '',
  listen_addresses: '127.0.0.1',
};

/**
 * Servers on free ports of this machine: `postgres://user1:password1@127.0.0.1:…/database1`, and so on. They end when this
 * process ends, by whatever cause.
 */
export class PostgresServers {
  /** @type {string[]} */
  #lines = [];
  #set = new ProcessSet((name, line) => void this.#lines.push(`${name} | ${line}`));
  /** @type {readonly PostgresServer[]} */
  #servers = [];
  #count;

  /** @param {number} [count] */
  constructor(count = 3) {
    this.#count = count;
    /** Rejects when a server ends without being asked to. */
    this.failure = this.#set.failure;
  }

  /** Empty before `start`. */
  get servers() {
    return this.#servers;
  }

  /** The URLs for services, in the order of the servers. */
  get urls() {
    return this.#servers.map(({ url }) => url);
  }

  /** Resolves when all servers accept connections. Call `stop` after a failure, too. */
  async start() {
    try {
      await this.#set.open('hot-config-postgres-');
      const user = await unprivilegedUser(this.#set);
      const ground = { set: this.#set, programs: await findPrograms(this.#set, user), user };
      const ports = await freePorts(this.#count);
      this.#servers = ports.map((port, at) => new PostgresServer(ground, at + 1, port));
      await initialize(ground);
      await Promise.all(this.#servers.map((server) => server.create()));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(['PostgreSQL did not start:', ...this.#lines.slice(-20), why].join('\n'), { cause });
    }
  }

  /** Ends all servers and removes what they have stored. @returns {Promise<string[]>} the processes that did not end as they should */
  stop() {
    return this.#set.end();
  }

  /** Ends all servers at once. A call of `stop`, before or after, then waits less. */
  kill() {
    this.#set.kill();
  }
}

export class PostgresServer {
  #ground;
  /** @type {Child | undefined} */
  #child;

  /**
   * @param {Ground} ground
   * @param {number} number 1 for user1 and database1
   * @param {number} port
   */
  constructor(ground, number, port) {
    this.#ground = ground;
    this.port = port;
    this.user = `user${number}`;
    this.password = `password${number}`;
    this.database = `database${number}`;
  }

  /** The URL of the database, with the password. */
  get url() {
    return `postgres://${this.user}:${this.password}@127.0.0.1:${this.port}/${this.database}`;
  }

  /** Copies a data folder that was initialized once, which is several times faster than another initialization. */
  async create() {
    await copyFolder(this.#ground, templateOf(this.#ground), this.#data);
    await this.start();
    await this.#ask(`create role ${this.user} login password '${this.password}'`);
    await this.#ask(`create database ${this.database} owner ${this.user}`);
  }

  /** Resolves when the server accepts connections. */
  async start() {
    const { set, programs, user } = this.#ground;
    const args = ['-D', this.#data, '-p', String(this.port), ...settingArgs()];
    const child = set.start(`postgres ${this.port}`, join(programs, 'postgres'), args, {
      ...user,
      // SIGINT ends the server while clients are connected; SIGTERM would wait for the clients.
      endSignal: 'SIGINT',
    });
    this.#child = child;
    await Promise.race([child.line(/ready to accept connections/, 0, readyWithinMs), set.failure]);
  }

  /** Ends this server and its connections. Its data stays. */
  async stop() {
    await this.#child?.end();
  }

  /** The clients that are connected, as the server itself reports them. @returns {Promise<Connection[]>} */
  connections() {
    return this.#ask(
      `select pid, usename as user, datname as database, application_name as application, state
       from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
  }

  get #data() {
    return join(this.#ground.set.directory, this.database);
  }

  /**
   * @param {string} sql
   * @returns {Promise<any[]>} the rows
   */
  async #ask(sql) {
    const client = new pg.Client({ ...admin, host: '127.0.0.1', port: this.port, database: 'postgres' });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }
}

/**
 * PostgreSQL does not run as root.
 *
 * @param {ProcessSet} set
 * @returns {Promise<Surroundings>}
 */
async function unprivilegedUser(set) {
  const surroundings = { cwd: set.directory, env: { ...process.env, LC_ALL: 'C' } };
  if (process.getuid?.() !== 0) return surroundings;
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (option) => Number((await set.run('id', [option, 'nobody'])).lines[0])),
  );
  if (!uid || !gid)
    throw new Error('PostgreSQL does not run as root, and there is no user "nobody" to run it as.');
  await chown(set.directory, uid, gid);
  return { ...surroundings, uid, gid };
}

/** @param {Ground} ground */
async function initialize({ set, programs, user }) {
  const passwordFile = join(set.directory, 'password');
  await writeFile(passwordFile, admin.password);
  const data = templateOf({ set });
  const { ok, lines } = await set.run(
    join(programs, 'initdb'),
    [
      ...['-D', data, `--username=${admin.user}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--no-locale', '--no-sync', '--no-instructions', '--wal-segsize=1'],
    ],
    user,
  );
  if (!ok) throw new Error(lines.join('\n'));
}

/** @param {Pick<Ground, 'set'>} ground */
function templateOf({ set }) {
  return join(set.directory, 'template');
}

/**
 * Copies as the user who will own the copy.
 *
 * @param {Ground} ground
 * @param {string} from
 * @param {string} to
 */
async function copyFolder({ set, user }, from, to) {
  if (user.uid === undefined) return cp(from, to, { recursive: true });
  const { ok, lines } = await set.run('cp', ['-R', from, to], user);
  if (!ok) throw new Error(lines.join('\n'));
}

function settingArgs() {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
