import { HotConfigSetupError } from '../../contract/index.js';
import type { NatsConnectionOptions } from './options.js';

/** Server addresses apart from the credentials in them, so that no message can show any. */
export interface ServerAddresses {
  readonly urls: readonly string[];
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
}

/** @throws HotConfigSetupError for an invalid address, without repeating it: it may hold a password */
export function parseServers(servers: string | readonly string[] | undefined): ServerAddresses {
  const given = typeof servers === 'string' ? servers.split(',') : (servers ?? []);
  const texts = given.map((text) => text.trim()).filter((text) => text !== '');
  const parsed = (texts.length > 0 ? texts : ['nats://127.0.0.1:4222']).map((text, index) =>
    parseServer(text, index + 1),
  );
  const named = parsed.find(({ user }) => user !== '');
  const [user, password] = [named?.user, named?.password].map((text) =>
    text ? decodeURIComponent(text) : undefined,
  );
  return {
    urls: [...new Set(parsed.map(({ host }) => `nats://${host}`))],
    tls: parsed.some(({ protocol }) => protocol === 'tls:'),
    user: password === undefined ? undefined : user,
    password,
    // A lone name before the @ is a token: so the address is read by every other NATS client.
    token: password === undefined ? user : undefined,
  };
}

function parseServer(
  text: string,
  position: number,
): { protocol: string; host: string; user: string; password: string } {
  try {
    const { protocol, host, username, password } = new URL(
      /^[a-z]+:\/\//i.test(text) ? text : `nats://${text}`,
    );
    if (host === '' || !['nats:', 'tls:'].includes(protocol)) throw new TypeError('unsupported address');
    decodeURIComponent(username + password);
    return { protocol, host: /:\d+$/.test(host) ? host : `${host}:4222`, user: username, password };
  } catch {
    throw new HotConfigSetupError(
      `NATS server address ${position} is invalid. Write it as nats://host:port or tls://host:port, with special characters of a password percent-encoded.`,
    );
  }
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
