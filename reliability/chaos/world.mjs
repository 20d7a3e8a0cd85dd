import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../harness/eventually.mjs';
import { prepareApp } from './apps.mjs';
import { prepareNodes } from './nodes.mjs';
import { apps, keys } from './participants.mjs';
import { SavedDocuments } from './saved-documents.mjs';
import { Saves } from './saves.mjs';
import { StoreView } from './store-view.mjs';

/** @import { ProcessSet } from '../../harness/process-set.mjs' */
/** @import { App } from './apps.mjs' */
/** @import { NatsServer } from '../../harness/nats-server.mjs' */
/** @import { Topology } from './participants.mjs' */
/**
 * @typedef {object} WorldOptions
 * @property {ProcessSet} set
 * @property {string} binary of nats-server
 * @property {Topology} topology
 * @property {(name: string, ending: string) => void} onEndUnasked
 */

/** One store, a loader and the services on it, and their documents. */
export class World {
  savedDocuments = new SavedDocuments();
  /** The time since which no node of the store answers. @type {number | undefined} */
  awaySince;
  #options;

  /** @param {WorldOptions} options @param {string} folder @param {NatsServer[]} nodes */
  constructor(options, folder, nodes) {
    this.#options = options;
    this.folder = folder;
    this.nodes = nodes;
    this.saves = new Saves(this.savedDocuments, this.configs);
    /** @type {Map<string, App>} */
    this.apps = new Map();
  }

  /** @param {WorldOptions} options */
  static async prepare(options) {
    const folder = join(options.set.directory, options.topology);
    return new World(options, folder, await prepareNodes(options, folder));
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

  /** Starts everything on a first good document for each key. Resolves when everything runs. */
  async start() {
    await mkdir(this.configs, { recursive: true });
    for (const key of Object.keys(keys))
      await this.saves.save({ key, kind: 'good', manner: 'rename', pauseMs: 0 });
    for (const node of this.nodes) node.start();
    this.store = await StoreView.open(this.nodes.map(({ url }) => url));
    const { store } = this;
    await eventually(
      () => store.answers(),
      (answer) => answer !== undefined,
    );
    await this.addApp('loader', 'config-loader', { CONFIG_DIR: this.configs });
    for (const name of apps) await this.addApp(name, name);
    for (const { program } of this.apps.values()) program.start();
  }

  /** @param {string} name @param {string} application @param {NodeJS.ProcessEnv} [own] */
  async addApp(name, application, own = {}) {
    const env = { NATS_URL: this.natsUrl, CONFIG_REPLICAS: String(this.nodes.length), ...own };
    const app = await prepareApp(this.#options, name, application, this.folder, env);
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
    return this.nodes.find((node) => node.name === target) ?? this.app(target).program;
  }

  /** @param {string} name */
  node(name) {
    const node = this.nodes.find((node) => node.name === name);
    if (!node) throw new Error(`There is no node ${name}.`);
    return node;
  }

  get view() {
    if (!this.store) throw new Error('The world has not started.');
    return this.store;
  }

  /** Call this after each fault of a node. */
  noteStore() {
    const away = this.nodes.every(({ awake }) => !awake);
    this.awaySince = away ? (this.awaySince ?? Date.now()) : undefined;
  }

  /**
   * Adds a second loader, on the same folder or on a copy that gets the same saves.
   *
   * @param {boolean} onCopy
   */
  async addSecondLoader(onCopy) {
    const copy = join(this.folder, 'copy');
    if (onCopy) await this.saves.mirror(copy);
    const { program } = await this.addApp('second-loader', 'config-loader', {
      CONFIG_DIR: onCopy ? copy : this.configs,
    });
    program.start();
  }

  async removeSecondLoader() {
    await this.apps.get('second-loader')?.program.kill();
    this.apps.delete('second-loader');
    await this.saves.unmirror(join(this.folder, 'copy'));
  }

  /** Ends all programs of this world. */
  async end() {
    await this.store?.close();
    const programs = [...Array.from(this.apps.values(), ({ program }) => program), ...this.nodes];
    for (const program of programs) program.resume();
    await Promise.all(programs.map((program) => program.kill()));
  }
}
