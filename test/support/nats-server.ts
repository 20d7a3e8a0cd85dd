import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { findNatsServer } from '../../scripts/nats-server-bin.mjs';
import { freePort } from './free-port.js';

export interface NatsServerOptions {
  /** Added to the configuration file, in the server's own syntax: users, limits, tls. */
  readonly config?: string;
  /** Default true: JetStream with a store of its own. */
  readonly jetstream?: boolean;
  /** Of its JetStream. */
  readonly domain?: string;
  /** A directory to keep; without one the server gets its own, removed on `stop`. */
  readonly storeDir?: string;
  readonly port?: number;
  readonly binary?: string;
}

/** A real nats-server process. Only this very process is ever signalled. */
export interface NatsServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** What the server wrote to its log, newest last. */
  readonly log: readonly string[];
  /** Ends it in good order and removes what it stored. Idempotent. */
  stop(): Promise<void>;
  /** Ends it without a chance to tidy up, as a crash or a lost machine does. The store stays. */
  kill(): Promise<void>;
  /** Keeps its connections open and answers nothing, as a machine that hangs. Resolves when it really has stopped. */
  pause(): Promise<void>;
  resume(): void;
  /** Starts it again on the same port and store, killed before if it runs; `config` and `jetstream` may change. */
  restart(changes?: Pick<NatsServerOptions, 'config' | 'jetstream'>): Promise<void>;
  /** Starts it again on an empty store, as on a new disk. Not for a server with a `storeDir` of its own. */
  loseStore(): Promise<void>;
}

/** Resolves when the server accepts connections, on a free port unless one is given. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const directory = await mkdtemp(join(tmpdir(), 'nats-server-'));
  const server = new ServerProcess(options.binary ?? (await findNatsServer()), directory, options);
  for (let attempt = 1; ; attempt++) {
    server.port = options.port ?? (await freePort());
    try {
      await server.launch();
      return server;
    } catch (error) {
      // Between the probe and the start another process may have taken the port.
      const taken = server.log.some((line) => line.includes('address already in use'));
      if (!taken || options.port !== undefined || attempt === 5) {
        await server.stop();
        throw error;
      }
    }
  }
}

class ServerProcess implements NatsServer {
  port = 0;
  log: string[] = [];
  private child: ChildProcess | undefined;
  private exited: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly binary: string,
    private readonly directory: string,
    private options: NatsServerOptions,
  ) {}

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  async launch(): Promise<void> {
    const file = join(this.directory, 'server.conf');
    await mkdir(this.directory, { recursive: true });
    await writeFile(file, this.configuration());
    this.log = [];
    const child = spawn(this.binary, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    this.exited = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
    void this.exited.then(() => {
      if (this.child === child) this.child = undefined;
      process.off('exit', this.end);
    });
    process.on('exit', this.end);
    const lines = createInterface({ input: child.stderr });
    const ready = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        this.log.push(line);
        if (this.log.length > 1_000) this.log.shift();
        if (line.includes('Server is ready')) resolve();
      });
    });
    const ended = Promise.all([this.exited, once(lines, 'close')]).then(() => {
      throw new Error(`nats-server did not start:\n${this.log.join('\n')}`);
    });
    ended.catch(() => undefined);
    await Promise.race([ready, ended]);
  }

  async stop(): Promise<void> {
    const { child } = this;
    this.resume();
    child?.kill('SIGTERM');
    const late = setTimeout(() => child?.kill('SIGKILL'), 5_000);
    await this.exited;
    clearTimeout(late);
    await rm(this.directory, { recursive: true, force: true });
  }

  async kill(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.exited;
  }

  async pause(): Promise<void> {
    this.child?.kill('SIGSTOP');
    while (this.child && !(await isStopped(this.pid))) await new Promise((resolve) => setImmediate(resolve));
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  async restart(changes: Pick<NatsServerOptions, 'config' | 'jetstream'> = {}): Promise<void> {
    await this.kill();
    this.options = { ...this.options, ...changes };
    await this.launch();
  }

  async loseStore(): Promise<void> {
    await this.kill();
    await rm(join(this.directory, 'store'), { recursive: true });
    await this.launch();
  }

  private readonly end = (): void => void this.child?.kill('SIGKILL');

  private configuration(): string {
    const { config = '', jetstream = true, domain, storeDir = join(this.directory, 'store') } = this.options;
    const within = domain === undefined ? '' : `, domain: ${domain}`;
    const store = jetstream ? `jetstream { store_dir: ${JSON.stringify(storeDir)}${within} }\n` : '';
    return `listen: "127.0.0.1:${this.port}"\n${store}${config}\n`;
  }
}

/**
 * The signal reaches one thread, which then stops the others. On a busy machine that took up to 50 ms, in which the
 * server still answered more than half of all requests.
 */
async function isStopped(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => undefined);
  if (threads) {
    const stats = await Promise.all(
      threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => ') T')),
    );
    return stats.every((stat) => stat.slice(stat.lastIndexOf(')') + 2).startsWith('T'));
  }
  const { stdout } = await promisify(execFile)('ps', ['-o', 'state=', '-p', String(pid)]);
  return stdout.trim().startsWith('T');
}
