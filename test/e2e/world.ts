import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServiceName, services as serviceNames } from '../../harness/apps.mjs';
import { type NatsServer, type NatsServerOptions, startNatsServer } from '../../harness/nats-server.mjs';
import { replaceFile } from '../../harness/replace-file.mjs';
import { AppProcess } from '../support/app-process.js';

export { type ServiceName, serviceNames };

export interface DocumentRow {
  readonly key: string;
  readonly state: string;
  readonly revision: number | null;
  readonly problem?: string;
}

export interface ConfigAnswer {
  readonly key: string;
  readonly revision: number;
  readonly epoch: string;
  readonly digest: string;
  readonly status: string;
  readonly origin: string;
  readonly appliedAt: string;
  readonly confirmedAt?: string;
  readonly behind?: { revision: number; since: string };
  readonly value: {
    database: { host: string };
    logging: { level: string; format: string };
    features: { enable_feature_x: boolean; enable_feature_y: boolean };
  };
  readonly rejection?: { revision: number; stage: string; message: string };
}

/** A nats-server, a copy of the documents, and the apps that a test starts on them. `close` ends all of it. */
export class World {
  private readonly apps: AppProcess[] = [];

  private constructor(
    readonly directory: string,
    readonly nats: NatsServer,
  ) {}

  static async create(options: NatsServerOptions = {}): Promise<World> {
    const directory = await mkdtemp(join(tmpdir(), 'hot-config-e2e-'));
    await cp(join(import.meta.dirname, '../../configs'), join(directory, 'configs'), { recursive: true });
    return new World(directory, await startNatsServer(options));
  }

  get configs(): string {
    return join(this.directory, 'configs');
  }

  /** The environment of every app of this world. */
  get environment(): NodeJS.ProcessEnv {
    return {
      NATS_URL: this.nats.url,
      CONFIG_DIR: this.configs,
      LAST_KNOWN_GOOD_DIR: join(this.directory, 'last-known-good'),
      // The databases of the documents do not run in these tests.
      DATABASE_CHECK: 'off',
    };
  }

  async start(name: string, env: NodeJS.ProcessEnv = {}, by: readonly string[] = []): Promise<AppProcess> {
    const app = await AppProcess.spawn(name, { ...this.environment, ...env }, by);
    this.apps.push(app);
    const started = name === 'config-modifier' ? /Changes a random document/ : /Listening on http/;
    await app.line(started);
    return app;
  }

  /** Starts an app without waiting for its health. */
  async spawn(name: string, env: NodeJS.ProcessEnv = {}): Promise<AppProcess> {
    const app = await AppProcess.spawn(name, { ...this.environment, ...env });
    this.apps.push(app);
    return app;
  }

  read(key: string): Promise<string> {
    return readFile(join(this.configs, `${key}.yaml`), 'utf8');
  }

  /** Saves as a careful editor does. */
  async save(key: string, text: string): Promise<void> {
    await replaceFile(join(this.configs, `${key}.yaml`), text);
  }

  /** Saves as a careless editor does. */
  saveInPlace(key: string, text: string): Promise<void> {
    return writeFile(join(this.configs, `${key}.yaml`), text);
  }

  async edit(key: string, from: string | RegExp, to: string): Promise<void> {
    const before = await this.read(key);
    const after = before.replace(from, to);
    if (after === before) throw new Error(`Nothing to edit: ${String(from)} is not in ${key}`);
    await this.save(key, after);
  }

  async close(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.exit('SIGKILL')));
    await this.nats.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}
