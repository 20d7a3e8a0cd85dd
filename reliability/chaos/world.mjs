import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareApp } from './app.mjs';
import { Ledger } from './ledger.mjs';
import { prepareNodes } from './nats.mjs';
import { apps, keys } from './cast.mjs';
import { Saves } from './saves.mjs';
import { StoreView } from './store-view.mjs';

/** @import { ProcessSet } from '../../scripts/demo/process-set.mjs' */
/** @import { App } from './app.mjs' */
/** @import { Node } from './nats.mjs' */
/** @import { Topology } from './cast.mjs' */
/**
 * @typedef {object} WorldOptions
 * @property {ProcessSet} set
 * @property {string} root of the repository, built
 * @property {string} binary of nats-server
 * @property {Topology} topology
 * @property {(name: string, ending: string) => void} onEndUnasked
 */

/** One store, a loader and the services on it, with the documents that they were given. */
export class World {
  ledger = new Ledger();
  /** Since when no node of the store answers. @type {number | undefined} */
  awaySince;
  #options;

  /**
   * @param {WorldOptions} options
   * @param {string} folder
   * @param {Node[]} nodes
   */
  constructor(options, folder, nodes) {
    this.#options = options;
    this.folder = folder;
    this.nodes = nodes;
    this.saves = new Saves(this.ledger, this.configs);
    /** @type {Map<string, App>} */
    this.apps = new Map();
  }

  /** @param {WorldOptions} options */
  static async prepare(options) {
    const folder = join(options.set.directory, options.topology);
    const { set, binary, topology, onEndUnasked } = options;
    return new World(options, folder, await prepareNodes(set, binary, topology, folder, onEndUnasked));
  }

  get topology() {
    return this.#options.topology;
  }

  get configs() {
    return join(this.folder, 'configs');
  }

  get natsUrl() {
    return this.nodes.map(({ url }) => url).join(',');
  }

  /** Everything runs, on a first good document for each key. */
  async start() {
    await mkdir(this.configs, { recursive: true });
    for (const key of Object.keys(keys))
      await this.saves.save({ key, kind: 'good', manner: 'rename', pauseMs: 0 });
    for (const { program } of this.nodes) program.start();
    this.store = await StoreView.open(this.nodes.map(({ url }) => url));
    while (!(await this.store.answers())) await sleep(50);
    await this.addApp('loader', 'config-loader', { CONFIG_DIR: this.configs });
    for (const name of apps) await this.addApp(name, name);
    for (const { program } of this.apps.values()) program.start();
  }

  /**
   * @param {string} name
   * @param {string} application
   * @param {NodeJS.ProcessEnv} [own]
   */
  async addApp(name, application, own = {}) {
    const { set, root, onEndUnasked } = this.#options;
    const shared = { NATS_URL: this.natsUrl, CONFIG_REPLICAS: String(this.nodes.length) };
    const place = { root, folder: this.folder };
    const app = await prepareApp(set, name, application, place, { ...shared, ...own }, onEndUnasked);
    this.apps.set(name, app);
    return app;
  }

  /** @param {string} name */
  app(name) {
    const app = this.apps.get(name);
    if (!app) throw new Error(`There is no ${name}.`);
    return app;
  }

  /** @param {string} target a node, the loader or a service */
  program(target) {
    return this.nodes.find(({ program }) => program.name === target)?.program ?? this.app(target).program;
  }

  /** @param {string} name */
  node(name) {
    const node = this.nodes.find(({ program }) => program.name === name);
    if (!node) throw new Error(`There is no node ${name}.`);
    return node;
  }

  get view() {
    if (!this.store) throw new Error('The world has not started.');
    return this.store;
  }

  /** To be called after each fault of a node. */
  noteStore() {
    const away = this.nodes.every(({ program }) => !program.awake);
    this.awaySince = away ? (this.awaySince ?? Date.now()) : undefined;
  }

  /**
   * A second loader, on the same folder or on one of its own that is kept alike.
   *
   * @param {boolean} onCopy
   */
  async addTwin(onCopy) {
    const copy = join(this.folder, 'copy');
    if (onCopy) await this.saves.mirror(copy);
    const { program } = await this.addApp('twin', 'config-loader', {
      CONFIG_DIR: onCopy ? copy : this.configs,
    });
    program.start();
  }

  async removeTwin() {
    await this.apps.get('twin')?.program.kill();
    this.apps.delete('twin');
    await this.saves.unmirror(join(this.folder, 'copy'));
  }

  /** Ends what runs in this world; the set ends what is left. */
  async end() {
    await this.store?.close();
    const programs = [...this.apps.values(), ...this.nodes].map(({ program }) => program);
    for (const program of programs) program.resume();
    await Promise.all(programs.map((program) => program.kill()));
  }
}
