import { type HotConfigModuleOptions, HotConfigSetupError } from 'nestjs-hot-config';
import { type FileSource, fileSource } from 'nestjs-hot-config/file';
import { natsSource, parseServers } from 'nestjs-hot-config/nats';

/** An environment variable without the blanks around it; an empty one counts as not set, as Compose passes it. */
export function env(name: string): string | undefined {
  return process.env[name]?.trim() || undefined;
}

/** A TCP port from the environment. */
export function portFrom(name: string, fallback: number): number {
  return wholeNumber(name, fallback, 0, 65_535);
}

/** @throws HotConfigSetupError when the variable is set but is not a whole number of that range */
export function wholeNumber(name: string, fallback: number, least: number, most: number): number {
  const text = env(name);
  if (text === undefined) return fallback;
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new HotConfigSetupError(
    `${name} must be a whole number from ${least} to ${most}. Correct it or unset it (default: ${fallback}).`,
  );
}

/** How many replicas the loader asks for. A NATS cluster keeps an odd number, so that there is always a majority. */
export function replicas(name: string): number {
  const number = wholeNumber(name, 1, 1, 5);
  if (number % 2 === 1) return number;
  throw new HotConfigSetupError(`${name} must be 1, 3 or 5. Correct it or unset it (default: 1).`);
}

/** The documents in CONFIG_DIR. CONFIG_POLL_MS: milliseconds between two scans, for changes that the system does not announce. */
export function configFiles(): FileSource {
  return fileSource({
    directory: env('CONFIG_DIR') ?? 'configs',
    pollMs: wholeNumber('CONFIG_POLL_MS', 10_000, 10, 3_600_000),
  });
}

/** Options of a NATS client, which reads no credentials from a URL. */
export interface NatsClientOptions {
  readonly servers: string[];
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  readonly tls?: object;
}

/** NATS_URL for clients of the service beside the client of its config. Undefined when NATS_URL is not set. */
export function natsClientOptions(): NatsClientOptions | undefined {
  const given = env('NATS_URL');
  if (given === undefined) return undefined;
  const { urls, tls, user, password, token } = parseServers(given);
  return {
    servers: [...urls],
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
    ...(token === undefined ? {} : { token }),
    ...(tls ? { tls: {} } : {}),
  };
}

/** NATS_URL set: that bucket, with the last known good in LAST_KNOWN_GOOD_DIR. Unset: the files of CONFIG_DIR. */
export function hotConfigOptions(service: string): HotConfigModuleOptions {
  const directory = env('LAST_KNOWN_GOOD_DIR');
  const servers = env('NATS_URL');
  return {
    source: servers
      ? natsSource({ servers, bucket: env('CONFIG_BUCKET') ?? 'configs', name: service })
      : configFiles(),
    ...(directory ? { lastKnownGood: { directory } } : {}),
    // Half of the library's default: a service that restarts during an outage should soon be back, on its last known good.
    startup: { timeoutMs: 5_000 },
    pinRequests: true,
  };
}
