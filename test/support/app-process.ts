import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port.js';

const root = join(import.meta.dirname, '../..');

/** How long an app may take for something, on a slow machine under load, before a test gives up. Not an assertion. */
const patienceMs = 60_000;

const blank = {
  NATS_URL: '',
  CONFIG_DIR: '',
  CONFIG_POLL_MS: '',
  CONFIG_BUCKET: '',
  LAST_KNOWN_GOOD_DIR: '',
  DATABASE_CHECK: '',
  DATABASE_URLS: '',
};

/** One of the sample applications as a real process. Only this very process is ever signalled. */
export class AppProcess {
  readonly lines: string[] = [];
  private readonly exited: Promise<number | null>;
  private readonly watchers = new Set<() => void>();
  private isOver = false;

  private constructor(
    readonly name: string,
    readonly port: number,
    private readonly child: ChildProcess,
  ) {
    this.exited = new Promise((resolve) => {
      child.once('close', (code) => {
        this.isOver = true;
        process.off('exit', this.end);
        resolve(code);
        this.notify();
      });
    });
    process.on('exit', this.end);
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        this.notify();
      });
    }
  }

  /**
   * Runs `dist/apps/<name>/main.js` with nothing of this process's own configuration. `by` is a command that runs another
   * one in its own place.
   */
  static async spawn(name: string, env: NodeJS.ProcessEnv, by: readonly string[] = []): Promise<AppProcess> {
    const port = await freePort();
    const [command, ...args] = [...by, process.execPath, join(root, 'dist/apps', name, 'main.js')];
    const child = spawn(command ?? '', args, {
      // An empty variable counts as not set; what the caller does not give must not come from this process.
      env: { ...process.env, ...blank, NODE_OPTIONS: '', NO_COLOR: '1', PORT: String(port), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new AppProcess(name, port, child);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The first line that matches, from the `from`th on; waits for it. Rejects when the process ends without it. */
  line(pattern: RegExp, from = 0): Promise<string> {
    return this.until(
      () => this.lines.slice(from).find((line) => pattern.test(line)),
      () => `no line ${String(pattern)}`,
    );
  }

  async get<T>(path: string): Promise<{ readonly status: number; readonly body: T }> {
    const { status, text } = await this.getText(path);
    return { status, body: JSON.parse(text) as T };
  }

  async getText(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`);
    return { status: response.status, text: await response.text() };
  }

  /** As when the reader of the log ends: nobody takes what the process writes from now on. */
  closeOutput(): void {
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
  }

  /** Resolves with the exit code, null when a signal ended it. */
  exit(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal) this.child.kill(signal);
    return this.exited;
  }

  private until<T>(look: () => T | undefined, what: () => string): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        finish();
        reject(new Error(`${this.name}: ${what()}: ${why}\n${this.lines.slice(-40).join('\n')}`));
      };
      const check = (): void => {
        const found = look();
        if (found !== undefined) {
          finish();
          resolve(found);
        } else if (this.isOver) fail('the process ended');
      };
      const finish = (): void => {
        clearTimeout(timer);
        this.watchers.delete(check);
      };
      const timer = setTimeout(() => fail(`not within ${patienceMs} ms`), patienceMs);
      this.watchers.add(check);
      check();
    });
  }

  private notify(): void {
    for (const watcher of [...this.watchers]) watcher();
  }

  private readonly end = (): void => void this.child.kill('SIGKILL');
}
