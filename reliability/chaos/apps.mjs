import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { appEnvironment, appFile } from '../../harness/apps.mjs';
import { freePort } from '../../harness/free-port.mjs';
import { Program } from '../../harness/program.mjs';
import { boundsOf } from './participants.mjs';

/** @import { WorldOptions } from './world.mjs' */
/** @typedef {{ program: Program, base: string, path: string }} App `path`: the path at which the app shows its documents */

const chaosService = fileURLToPath(new URL('service/main.mjs', import.meta.url));

/**
 * The loader or a service, not started, with its own port and its own folder for the last known good.
 *
 * @param {WorldOptions} options
 * @param {string} name
 * @param {string} application
 * @param {string} folder of all files of its world
 * @param {NodeJS.ProcessEnv} own
 * @returns {Promise<App>}
 */
export async function prepareApp({ set, onEndUnasked }, name, application, folder, own) {
  const isChaos = application === 'chaos-service';
  const port = await freePort();
  const lastKnownGood = join(folder, 'last-known-good', name);
  await mkdir(lastKnownGood, { recursive: true });
  const { reconcile, stale } = boundsOf('chaos-service');
  const env = appEnvironment({
    PORT: String(port),
    LAST_KNOWN_GOOD_DIR: lastKnownGood,
    // The databases of the documents do not exist. The resources on them are built and disposed of all the same.
    DATABASE_CHECK: 'off',
    ...(isChaos ? { RECONCILE_MS: String(reconcile), STALE_AFTER_MS: String(stale) } : {}),
    ...own,
  });
  const file = isChaos ? chaosService : appFile(application);
  const launch = () => set.start(name, process.execPath, [file], { cwd: folder, env });
  const program = new Program(name, launch, onEndUnasked);
  return { program, base: `http://127.0.0.1:${port}`, path: isChaos ? '/readings' : '/config' };
}
