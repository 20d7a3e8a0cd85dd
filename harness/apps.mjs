import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.mjs';
import { askUntil } from './http.mjs';

/** @import { ProcessSet } from './process-set.mjs' */

/** The folder of the repository. */
export const root = join(import.meta.dirname, '..');

export const services = /** @type {const} */ (['service1', 'service2', 'service3']);
/** @typedef {(typeof services)[number]} ServiceName */
/** @typedef {{ loader: string } & Record<ServiceName, string>} Addresses the base URL of each app */
/**
 * @typedef {object} AppOptions
 * @property {string} configs the folder of the documents
 * @property {string} natsUrl
 * @property {readonly string[]} [databases] PostgreSQL URLs for the modifier to switch among; without them no service connects
 *   to the database that its document names
 * @property {(name: string, line: string) => void} [onLine]
 */

/** Milliseconds from the start until `GET /health` must answer 200. */
const healthyWithinMs = 25_000;

/** The variables that applications read. An empty variable counts as not set. */
const unset = {
  NODE_OPTIONS: '',
  NATS_URL: '',
  CONFIG_DIR: '',
  CONFIG_POLL_MS: '',
  CONFIG_BUCKET: '',
  CONFIG_REPLICAS: '',
  LAST_KNOWN_GOOD_DIR: '',
  DATABASE_CHECK: '',
  DATABASE_URLS: '',
  FORCE_COLOR: undefined,
  NO_COLOR: '1',
};

/**
 * The environment of an application, without the variables that configure this process.
 *
 * @param {NodeJS.ProcessEnv} own
 * @returns {NodeJS.ProcessEnv}
 */
export function appEnvironment(own) {
  return { ...process.env, ...unset, ...own };
}

/** The built program of an application. @param {string} name */
export function appFile(name) {
  return join(root, 'dist', 'apps', name, 'main.js');
}

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
 * Starts one app and resolves when it is healthy.
 *
 * @param {ProcessSet} set
 * @param {string} name
 * @param {number} preferredPort 0 for none
 * @param {AppOptions} options
 * @returns {Promise<string>} its base URL
 */
export async function startApp(set, name, preferredPort, options) {
  const { onLine } = options;
  const port = await freePort(preferredPort);
  const lastKnownGood = join(set.directory, 'last-known-good', name);
  await mkdir(lastKnownGood, { recursive: true });
  launchApp(set, name, options, {
    env: { PORT: String(port), LAST_KNOWN_GOOD_DIR: lastKnownGood },
    ...(onLine ? { onLine: (/** @type {string} */ line) => onLine(name, line) } : {}),
  });
  const base = `http://127.0.0.1:${port}`;
  const url = `${base}/health`;
  const healthy = askUntil(
    url,
    () => true,
    healthyWithinMs,
    (answer) => `${name} was not healthy within ${healthyWithinMs / 1000} s. ${url} answered: ${answer}`,
  );
  await Promise.race([healthy, set.failure]);
  return base;
}

/**
 * @param {ProcessSet} set
 * @param {string} name
 * @param {AppOptions} options
 * @param {{ env: NodeJS.ProcessEnv, onLine?: (line: string) => void }} own
 */
export function launchApp(set, name, { configs, natsUrl, databases }, { env, ...own }) {
  const shared = {
    NATS_URL: natsUrl,
    CONFIG_DIR: configs,
    DATABASE_URLS: databases?.join(','),
    DATABASE_CHECK: databases ? 'on' : 'off',
  };
  // A relative path in an app must not lead into the repository.
  const surroundings = { cwd: set.directory, env: appEnvironment({ ...shared, ...env }) };
  return set.start(name, process.execPath, [appFile(name)], { ...surroundings, ...own });
}
