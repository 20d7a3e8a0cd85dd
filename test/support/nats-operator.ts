import { nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** An operator with one account that has JetStream, for servers that know their users by JWT. */
export class NatsOperator {
  private readonly operator = nkeys.createOperator();
  private readonly system = nkeys.createAccount();
  private readonly account = nkeys.createAccount();

  /** The lines for the configuration of a server. */
  get config(): string {
    const unlimited = { subs: -1, conn: -1, leaf: -1, imports: -1, exports: -1, data: -1, payload: -1 };
    const jetStream = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
    const preload = (account: KeyPair, limits: object): string =>
      `${account.getPublicKey()}: ${sign(this.operator, account, { type: 'account', limits })}`;
    return `operator: ${sign(this.operator, this.operator, { type: 'operator' })}
      system_account: ${this.system.getPublicKey()}
      resolver: MEMORY
      resolver_preload: {
        ${preload(this.system, unlimited)}
        ${preload(this.account, { ...unlimited, ...jetStream, wildcards: true })}
      }`;
  }

  /** The content of a `.creds` file that expires after the given seconds; an hour by default. */
  credentials(seconds = 3_600): string {
    const user = nkeys.createUser();
    const claims = { type: 'user', pub: {}, sub: {}, subs: -1, data: -1, payload: -1 };
    const jwt = sign(this.account, user, claims, Math.floor(Date.now() / 1_000) + seconds);
    return [
      `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------`,
      `-----BEGIN USER NKEY SEED-----\n${new TextDecoder().decode(user.getSeed())}\n------END USER NKEY SEED------`,
    ].join('\n\n');
  }
}

function sign(issuer: KeyPair, subject: KeyPair, claims: object, expires?: number): string {
  const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');
  const id = { jti: `${Math.random()}`, iat: Math.floor(Date.now() / 1_000), name: 'test' };
  const keys = { iss: issuer.getPublicKey(), sub: subject.getPublicKey() };
  const payload = {
    ...id,
    ...keys,
    ...(expires === undefined ? {} : { exp: expires }),
    nats: { ...claims, version: 2 },
  };
  const text = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part(payload)}`;
  return `${text}.${Buffer.from(issuer.sign(new TextEncoder().encode(text))).toString('base64url')}`;
}
