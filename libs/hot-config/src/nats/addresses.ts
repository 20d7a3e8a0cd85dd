import { HotConfigSetupError } from '../contract/index.js';
import type { NatsConnectionOptions } from './options.js';

/** Server addresses apart from the credentials in them, so that no message can show any. */
export interface ServerAddresses {
  readonly urls: readonly string[];
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
}

/** One address of the list, which is all that a message names it by: the address itself may hold a password. */
interface Server {
  readonly position: number;
  readonly protocol: string;
  readonly host: string;
  /** Empty when there is none. */
  readonly user: string;
  readonly password: string;
}

/** @throws HotConfigSetupError for addresses that cannot be meant, without repeating them: they may hold a password */
export function parseServers(servers: string | readonly string[] | undefined): ServerAddresses {
  const given = typeof servers === 'string' ? servers.split(',') : (servers ?? ['nats://127.0.0.1:4222']);
  const texts = given.map((text) => text.trim()).filter((text) => text !== '');
  // A list that came out empty was meant to name a server, and hardly one on this machine.
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

/** All addresses are of one cluster, so the login in one is that of all: a second one would be dropped silently. */
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
  // A lone name before the @ is a token: so the address is read by every other NATS client.
  return password === ''
    ? { user: undefined, password: undefined, token: user }
    : { user, password, token: undefined };
}

/** For messages: the addresses, or where a connection that was passed in leads. Without credentials. */
export function serverOf({ connection, servers }: NatsConnectionOptions): string {
  return connection ? connection.getServer() : parseServers(servers).urls.join(',');
}

/** What no message may show, whoever wrote it. */
export function secretsOf(options: NatsConnectionOptions): readonly string[] {
  const { password, token } = parseServers(options.servers);
  const secrets = [options.password, options.token, options.nkeySeed, password, token];
  return secrets.filter((secret) => secret !== undefined && secret !== '') as string[];
}
