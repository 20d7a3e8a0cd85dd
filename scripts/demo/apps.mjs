import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { untilHealthy } from './answers.mjs';
import { freePort } from './ports.mjs';

/** @import { ProcessSet } from './process-set.mjs' */

export const services = /** @type {const} */ (['service1', 'service2', 'service3']);
/** @typedef {(typeof services)[number]} ServiceName */
/** @typedef {{ loader: string } & Record<ServiceName, string>} Addresses the base URL of each app */

/** Milliseconds from the start until `GET /health` must answer 200. */
const healthyWithinMs = 25_000;

/**
 * @typedef {object} AppOptions
 * @property {string} root of the repository, built
 * @property {string} configs the folder of the documents
 * @property {string} natsUrl
 * @property {readonly string[]} [databases] PostgreSQL URLs for the modifier to switch among; without them nobody asks the
 *   databases that the documents name
 * @property {(name: string, line: string) => void} [onLine]
 */

/**
 * Starts the loader, then the three services, and resolves when all are healthy: on the ports 3000 to 3003 where these are
 * free.
 *
 * @param {ProcessSet} set
 * @param {AppOptions} options
 * @returns {Promise<Addresses>}
 */
export async function startApps(set, options) {
  const loader = await startApp(set, 'config-loader', 3000, options);
  const [service1, service2, service3] = await Promise.all([
    startApp(set, 'service1', 3001, options),
    startApp(set, 'service2', 3002, options),
    startApp(set, 'service3', 3003, options),
  ]);
  return { loader, service1, service2, service3 };
}

/**
 * @param {ProcessSet} set
 * @param {AppOptions} options
 * @param {string} intervalMs
 */
export function startModifier(set, options, intervalMs) {
  const env = { ...appEnvironment(options), INTERVAL_MS: intervalMs, MISTAKE_EVERY: '3' };
  set.start('config-modifier', process.execPath, [appFile(options.root, 'config-modifier')], { env });
}

/**
 * @param {ProcessSet} set
 * @param {string} name
 * @param {number} preferredPort
 * @param {AppOptions} options
 * @returns {Promise<string>} its base URL
 */
export async function startApp(set, name, preferredPort, options) {
  const { root, onLine } = options;
  const port = await freePort(preferredPort);
  const lastKnownGood = join(set.directory, 'last-known-good', name);
  await mkdir(lastKnownGood, { recursive: true });
  const env = { ...appEnvironment(options), PORT: String(port), LAST_KNOWN_GOOD_DIR: lastKnownGood };
  set.start(name, process.execPath, [appFile(root, name)], {
    // Where a relative path would lead: never into the checkout.
    cwd: set.directory,
    env,
    ...(onLine ? { onLine: (/** @type {string} */ line) => onLine(name, line) } : {}),
  });
  const base = `http://127.0.0.1:${port}`;
  await Promise.race([untilHealthy(name, base, healthyWithinMs), set.failure]);
  return base;
}

/**
 * Everything that an app asks for is set, so that nothing of the reader's own environment slips in. We colour, they do not.
 *
 * @param {AppOptions} options
 * @returns {NodeJS.ProcessEnv}
 */
function appEnvironment({ configs, natsUrl, databases }) {
  const ours = {
    NATS_URL: natsUrl,
    CONFIG_BUCKET: 'configs',
    CONFIG_DIR: configs,
    DATABASE_URLS: databases?.join(','),
    DATABASE_CHECK: databases ? 'on' : 'off',
  };
  return { ...process.env, ...ours, FORCE_COLOR: undefined, NO_COLOR: '1' };
}

/**
 * @param {string} root
 * @param {string} name
 */
function appFile(root, name) {
  return join(root, 'dist', 'apps', name, 'main.js');
}
