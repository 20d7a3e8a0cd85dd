import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../scripts/demo/ports.mjs';
import { boundsOf } from './cast.mjs';
import { Program } from './program.mjs';

/** @import { ProcessSet } from '../../scripts/demo/process-set.mjs' */
/** @typedef {{ program: Program, base: string, path: string }} App `path` of what it says of its documents */

const chaosService = fileURLToPath(new URL('service/main.mjs', import.meta.url));

/**
 * The loader or a service, not started, with a port and a folder for the last known good of its own.
 *
 * @param {ProcessSet} set
 * @param {string} name
 * @param {string} application
 * @param {{ root: string, folder: string }} place the built repository, and where all files of this world are
 * @param {NodeJS.ProcessEnv} own
 * @param {(name: string, ending: string) => void} onEndUnasked
 * @returns {Promise<App>}
 */
export async function prepareApp(set, name, application, { root, folder }, own, onEndUnasked) {
  const isChaos = application === 'chaos-service';
  const port = await freePort();
  const lastKnownGood = join(folder, 'last-known-good', name);
  await mkdir(lastKnownGood, { recursive: true });
  const { reconcile, stale } = boundsOf('chaos-service');
  // Everything that an app asks for is set, so that nothing of the reader's own environment slips in.
  const env = {
    ...process.env,
    ...{ NODE_OPTIONS: '', FORCE_COLOR: undefined, NO_COLOR: '1' },
    ...{ PORT: String(port), CONFIG_BUCKET: 'configs', CONFIG_DIR: '', LAST_KNOWN_GOOD_DIR: lastKnownGood },
    // The databases of the documents exist in no round; the resources on them are built and disposed of all the same.
    DATABASE_CHECK: 'off',
    ...(isChaos ? { RECONCILE_MS: String(reconcile), STALE_AFTER_MS: String(stale) } : {}),
    ...own,
  };
  const file = isChaos ? chaosService : join(root, 'dist', 'apps', application, 'main.js');
  const command = { file: process.execPath, args: [file], cwd: folder, env };
  const program = new Program(set, name, command, onEndUnasked);
  return { program, base: `http://127.0.0.1:${port}`, path: isChaos ? '/readings' : '/config' };
}
