import { appEnvironment, appFile } from '../../harness/apps.mjs';
import { Child } from '../../harness/child.mjs';
import { freePort } from '../../harness/free-port.mjs';
import { get } from '../../harness/http.mjs';

/** One of the sample applications as a real process. Only its own process is ever signalled. */
export class AppProcess extends Child {
  private constructor(
    name: string,
    readonly port: number,
    [command = '', ...args]: readonly string[],
    env: NodeJS.ProcessEnv,
  ) {
    super(name, command, args, { env });
  }

  /** Runs `dist/apps/<name>/main.js`. `by` is a command that runs the app in its place. */
  static async spawn(name: string, env: NodeJS.ProcessEnv, by: readonly string[] = []): Promise<AppProcess> {
    const port = await freePort();
    const command = [...by, process.execPath, appFile(name)];
    return new AppProcess(name, port, command, appEnvironment({ PORT: String(port), ...env }));
  }

  async get<T>(path: string): Promise<{ readonly status: number; readonly body: T }> {
    const { status, text } = await this.getText(path);
    return { status, body: JSON.parse(text) as T };
  }

  getText(path: string): Promise<{ readonly status: number; readonly text: string }> {
    return get(`http://127.0.0.1:${this.port}${path}`);
  }

  /** Resolves with the exit code, null when a signal ended it. */
  async exit(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal) this.signal(signal);
    return (await this.ended).code;
  }
}
