import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNatsServer } from '../scripts/nats-server-bin.mjs';
import { Child } from './child.mjs';
import { freePort } from './free-port.mjs';
import { Program } from './program.mjs';

/** @import { ProcessSet } from './process-set.mjs' */
/**
 * @typedef {object} NatsServerOptions
 * @property {number} [port] a free one by default
 * @property {boolean} [jetstream] JetStream with its own store (default: true)
 * @property {string} [domain] of its JetStream
 * @property {string} [storeDir] a directory that `stop` keeps; default: a new directory that `stop` removes
 * @property {string} [config] added to the configuration file, in the server's own syntax: users, limits, tls
 * @property {string} [name] the name of the node within its cluster
 * @property {{ port: number, routes: readonly number[], advertise?: string }} [cluster] the ports of this node and of the
 *   others
 */
/**
 * @typedef {object} NatsServerProcess how the processes of a server are started
 * @property {string} binary
 * @property {string} directory for its files
 * @property {ProcessSet} [set] the set that ends the server
 * @property {(name: string, ending: string) => void} [onEndUnasked]
 */

/**
 * Resolves when the server accepts connections.
 *
 * @param {NatsServerOptions} [options]
 * @returns {Promise<NatsServer>}
 */
export async function startNatsServer(options = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'nats-server-'));
  const running = { binary: await findNatsServer(), directory };
  for (let attempt = 1; ; attempt++) {
    const server = new NatsServer({ ...options, port: options.port ?? (await freePort()) }, running);
    try {
      server.start();
      await server.ready();
      return server;
    } catch (cause) {
      // Between the probe and the start another process may have taken the port.
      const isPortTaken = server.log.some((line) => line.includes('address already in use'));
      await server.stop();
      if (!isPortTaken || options.port !== undefined || attempt === 5)
        throw new Error(`nats-server did not start:\n${server.log.join('\n')}`, { cause });
    }
  }
}

/** A real nats-server. Only its own process is ever signalled. */
export class NatsServer extends Program {
  #options;
  #directory;

  /** @param {NatsServerOptions & { port: number }} options @param {NatsServerProcess} running */
  constructor(options, { binary, directory, set, onEndUnasked }) {
    const name = options.name ?? 'nats-server';
    const launch = () => {
      const args = ['-c', this.#writeConfiguration()];
      return set ? set.start(name, binary, args, { endsLast: true }) : new Child(name, binary, args);
    };
    super(name, launch, onEndUnasked);
    this.#options = options;
    this.#directory = directory;
    this.port = options.port;
    this.url = `nats://127.0.0.1:${this.port}`;
  }

  get storeDir() {
    return this.#options.storeDir ?? join(this.#directory, 'store');
  }

  /**
   * Resolves when the server accepts connections. Rejects when the server ends before that.
   *
   * @param {number} [withinMs]
   */
  async ready(withinMs) {
    await this.child?.line(/Server is ready/, 0, withinMs);
  }

  /**
   * Starts the server again on the same port and store. A server that runs is killed first.
   *
   * @param {Pick<NatsServerOptions, 'config' | 'jetstream'>} [changes]
   */
  async restart(changes = {}) {
    await this.kill();
    this.#options = { ...this.#options, ...changes };
    this.start();
    await this.ready();
  }

  /** Starts the server again on an empty store, as on a new disk. */
  async loseStore() {
    await this.kill();
    await rm(this.storeDir, { recursive: true });
    await this.restart();
  }

  /** Ends the server with SIGTERM and removes its files. Idempotent. */
  async stop() {
    await this.end();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** @returns {string} the path of the file */
  #writeConfiguration() {
    const file = join(this.#directory, 'server.conf');
    mkdirSync(this.#directory, { recursive: true });
    writeFileSync(file, this.#configuration());
    return file;
  }

  #configuration() {
    const { name, jetstream = true, domain, cluster, config = '' } = this.#options;
    const within = domain ? `, domain: ${domain}` : '';
    return [
      `listen: "127.0.0.1:${this.port}"`,
      name ? `server_name: "${name}"` : '',
      jetstream ? `jetstream { store_dir: ${JSON.stringify(this.storeDir)}${within} }` : '',
      cluster ? clusterConfiguration(cluster) : '',
      config,
    ].join('\n');
  }
}

/** @param {NonNullable<NatsServerOptions['cluster']>} cluster */
function clusterConfiguration({ port, routes, advertise }) {
  const urls = routes.map((route) => `"nats://127.0.0.1:${route}"`).join(', ');
  const others = advertise ? `, advertise: "${advertise}"` : '';
  return `cluster { name: "cluster", listen: "127.0.0.1:${port}"${others}, routes: [ ${urls} ] }`;
}
