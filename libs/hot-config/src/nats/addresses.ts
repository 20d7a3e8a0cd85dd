import { HotConfigSetupError } from '../contract/index.js';
import type { NatsConnectionOptions } from './options.js';

/** Server addresses without their credentials, so that no message can show any. */
export interface ServerAddresses {
  readonly urls: readonly string[];
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
}

/** One address of the list. A message names it by its position only: the address itself may hold a password. */
interface Server {
  readonly position: number;
  readonly protocol: string;
  readonly host: string;
  /** Empty when there is none. */
  readonly user: string;
  readonly password: string;
}

/** @throws HotConfigSetupError for invalid addresses, without repeating them: they may hold a password */
export function parseServers(servers: string | readonly string[] | undefined): ServerAddresses {
  const given = typeof servers === 'string' ? servers.split(',') : (servers ?? ['nats://127.0.0.1:4222']);
  const texts = given.map((text) => text.trim()).filter((text) => text !== '');
  // An empty list is a mistake: it does not mean the default server on this machine.
  if (texts.length === 0)
    throw new HotConfigSetupError('servers names no NATS server. Write nats://host:port, or leave it out.');
  const parsed = texts.map((text, index) => parseServer(text, index + 1));
  return {
    urls: [...new Set(parsed.map(({ host }) => `nats://${host}`))],
    tls: parsed.some(({ protocol }) => protocol === 'tls:'),
    ...loginOf(parsed),
  };
}

function parseServer(text: string, position: number): Server {
  try {
    const { protocol, host, username, password } = new URL(
      /^[a-z]+:\/\//i.test(text) ? text : `nats://${text}`,
    );
    if (host === '' || !['nats:', 'tls:'].includes(protocol)) throw new TypeError('unsupported address');
    return {
      position,
      protocol,
      host: /:\d+$/.test(host) ? host : `${host}:4222`,
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
    };
  } catch {
    throw new HotConfigSetupError(
      `NATS server address ${position} is invalid. Write it as nats://host:port or tls://host:port, with special characters of a password percent-encoded.`,
    );
  }
}

/** All addresses are of one cluster, so they share one login; the client would silently ignore a second one. */
function loginOf(servers: readonly Server[]): Pick<ServerAddresses, 'user' | 'password' | 'token'> {
  const [first, ...others] = servers.filter(({ user, password }) => user !== '' || password !== '');
  if (!first) return { user: undefined, password: undefined, token: undefined };
  const { user, password, position } = first;
  const other = others.find((server) => server.user !== user || server.password !== password);
  if (other) {
    throw new HotConfigSetupError(
      `NATS server address ${other.position} has another login than address ${position}: NATS accepts one login. Give the same in both, or in one of them only.`,
    );
  }
  if (user === '') {
    throw new HotConfigSetupError(
      `NATS server address ${position} has a password without a user. Write user:password@ in front of the host, or token@.`,
    );
  }
  // A name without a password is a token, as for every other NATS client.
  return password === ''
    ? { user: undefined, password: undefined, token: user }
    : { user, password, token: undefined };
}

/** For messages: the addresses, or the server of the application's connection. Without credentials. */
export function serverOf({ connection, servers }: NatsConnectionOptions): string {
  return connection ? connection.getServer() : parseServers(servers).urls.join(',');
}

/** The texts that no message may contain, also when the client wrote the message. */
export function secretsOf(options: NatsConnectionOptions): readonly string[] {
  const { password, token } = parseServers(options.servers);
  const secrets = [options.password, options.token, options.nkeySeed, password, token];
  return secrets.filter((secret) => secret !== undefined && secret !== '') as string[];
}
