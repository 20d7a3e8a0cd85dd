import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AppProcess } from './app-process.js';

const run = promisify(execFile);
const limit = '/proc/sys/user/max_inotify_watches';

/** How to start an app that gets no watches from the system, and how to lift that limit while the app runs. */
export interface InotifyLimit {
  readonly by: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  lift(app: AppProcess): Promise<void>;
}

/**
 * The limit of watches is set in a new user namespace, so that it affects no other process of the machine. Where such a
 * namespace cannot be created, as in most containers, Node's own call is made to fail as it would at the limit.
 */
export async function inotifyLimit(directory: string): Promise<InotifyLimit> {
  const by = ['unshare', '--user', '--map-root-user', 'sh', '-c', `echo 0 > ${limit} && exec "$@"`, 'sh'];
  const possible = await run('unshare', [...by.slice(1), 'true']).then(
    () => true,
    () => false,
  );
  return possible ? { by, env: {}, lift: liftInNamespace } : failingWatch(join(directory, 'watch-limit'));
}

async function liftInNamespace(app: AppProcess): Promise<void> {
  await run('nsenter', ['--user', `--target=${app.pid}`, 'sh', '-c', `echo 1000 > ${limit}`]);
}

async function failingWatch(flag: string): Promise<InotifyLimit> {
  await writeFile(flag, '');
  const code = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const { watch } = fs;
    fs.watch = (...args) => {
      if (!fs.existsSync(${JSON.stringify(flag)})) return watch(...args);
      throw Object.assign(new Error('ENOSPC: System limit for number of file watchers reached'), { code: 'ENOSPC' });
    };
    syncBuiltinESMExports();`;
  const preload = `data:text/javascript,${encodeURIComponent(code)}`;
  return { by: [], env: { NODE_OPTIONS: `--import=${preload}` }, lift: () => rm(flag) };
}
