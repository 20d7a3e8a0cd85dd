import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect, createInbox, headers, type NatsConnection } from '@nats-io/transport-node';

export interface AttackTarget {
  readonly url: string;
  /** The login of the user that may do everything in the account of the bucket. */
  readonly operator: { readonly user: string; readonly pass: string };
  readonly attacker: { readonly user: string; readonly pass: string };
  /** Subjects that the attacker may publish to. It also tries subjects that it may not publish to. */
  readonly allowed: readonly string[];
  /** The keys of other services. */
  readonly victims: readonly string[];
  /** The attacker's own key. */
  readonly own: string;
}

const STREAM = 'KV_configs';

/** Bodies that could make a direct get, a stream info or a purge act on something other than its subject names. */
const BODIES = [
  '',
  '{}',
  '{"seq":1}',
  '{"last_by_subj":"$KV.configs.VICTIM"}',
  '{"next_by_subj":">","seq":1}',
  '{"multi_last":[">"],"batch":100}',
  '{"subjects_filter":">"}',
  '{"filter":">"}',
];

/**
 * Plays a service whose credentials were stolen: publishes to every subject that it may, and to many that it may not, with
 * replies that would have the server write into the keys of others, their hints, or the JetStream API.
 *
 * @returns one sentence for each success of the attack; empty when the layout is safe
 */
export async function attack(target: AttackTarget): Promise<readonly string[]> {
  const operator = await connect({ servers: target.url, ...target.operator });
  const attacker = await connect({ servers: target.url, ...target.attacker });
  try {
    const jsm = await jetstreamManager(operator, { checkAPI: false });
    const spy = await Spy.on(operator);
    const before = await contentsOf(jsm);
    const leaks = await ask(attacker, target);
    await publishEverywhere(attacker, target);
    await settled(attacker, operator, jsm);
    const after = await contentsOf(jsm);
    const changes = before === after ? [] : [`the bucket has changed from ${before} to ${after}`];
    return [
      ...changes,
      ...spy.heard.map((subject) => `the bucket's account has heard "${subject}"`),
      ...leaks,
    ];
  } finally {
    await attacker.close();
    await operator.close();
  }
}

/** Records the messages that arrive in the account of the bucket under subjects that services and clients trust. */
class Spy {
  readonly heard: string[] = [];

  static async on(operator: NatsConnection): Promise<Spy> {
    const spy = new Spy();
    for (const subject of ['hotconfig.>', '$KV.>', '_INBOX_victim.>'])
      operator.subscribe(subject, { callback: (_, message) => void spy.heard.push(message.subject) });
    await operator.flush();
    return spy;
  }
}

async function contentsOf(jsm: JetStreamManager): Promise<string> {
  try {
    const { state, created } = await jsm.streams.info(STREAM, { subjects_filter: '>' });
    const { messages, last_seq: last, subjects } = state;
    return JSON.stringify({ created, messages, last, subjects });
  } catch (error) {
    return `no bucket (${String(error)})`;
  }
}

/** Every subject of the JetStream API that matters here, under the prefix of an import and under its own. */
function subjectsFor({ allowed, victims, own }: AttackTarget): readonly string[] {
  const calls = ['INFO', 'DELETE', 'PURGE', 'UPDATE', 'MSG.GET', 'MSG.DELETE', 'SNAPSHOT'].map(
    (call) => `STREAM.${call}.${STREAM}`,
  );
  const gets = [own, ...victims].map((key) => `DIRECT.GET.${STREAM}.$KV.configs.${key}`);
  const consumers = [
    `CONSUMER.CREATE.${STREAM}`,
    `CONSUMER.LIST.${STREAM}`,
    `DIRECT.GET.${STREAM}`,
    'STREAM.LIST',
  ];
  const api = [...calls, ...gets, ...consumers].flatMap((call) => [`$JS.API.${call}`, `CONFIG.API.${call}`]);
  const direct = victims.flatMap((key) => [`$KV.configs.${key}`, `hotconfig.configs.document.${key}`]);
  return [
    ...new Set([...allowed, ...api, ...direct, `hotconfig.configs.document.${own}`, `$KV.configs.${own}`]),
  ];
}

/** Sends every body to every subject. Returns the answers that reveal something about other keys. */
async function ask(attacker: NatsConnection, target: AttackTarget): Promise<readonly string[]> {
  const leaks: string[] = [];
  const inbox = createInbox();
  const asked: string[] = [];
  attacker.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error) return;
      const headers = message.headers ? [...message.headers].flat(2).join(' ') : '';
      const text = `${message.string()} ${headers}`;
      const victims = target.victims.filter(
        (victim) => text.includes(`configs.${victim}`) || text.includes(`secret of ${victim}`),
      );
      if (victims.length === 0) return;
      leaks.push(`${asked[Number(message.subject.split('.').at(-1))]} reveals ${victims.join(', ')}`);
    },
  });
  for (const subject of subjectsFor(target)) {
    for (const body of BODIES) {
      const index = asked.push(`"${subject}" with ${body || 'no body'}`) - 1;
      attacker.publish(subject, body.replace('VICTIM', target.victims[0] ?? ''), {
        reply: `${inbox}.${index}`,
      });
    }
  }
  await attacker.flush();
  return leaks;
}

/** Resolves when the server has handled all earlier messages. Its API handles requests in parallel, hence the rounds. */
async function settled(
  attacker: NatsConnection,
  operator: NatsConnection,
  jsm: JetStreamManager,
): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    await attacker.flush();
    await contentsOf(jsm);
    await operator.flush();
  }
}

async function publishEverywhere(attacker: NatsConnection, target: AttackTarget): Promise<void> {
  const [victim = ''] = target.victims;
  const replies = [
    ...target.victims.flatMap((key) => [`$KV.configs.${key}`, `hotconfig.configs.document.${key}`]),
    ...['DELETE', 'PURGE', 'INFO'].map((call) => `$JS.API.STREAM.${call}.${STREAM}`),
    '_INBOX_victim.1',
  ];
  for (const subject of subjectsFor(target)) {
    for (const reply of replies) {
      for (const body of BODIES) {
        attacker.publish(subject, body.replace('VICTIM', victim), { reply, headers: forged(victim) });
        attacker.publish(subject, body.replace('VICTIM', victim), { reply });
      }
    }
    await attacker.flush();
  }
}

/** The headers of a perfect hint. */
function forged(victim: string) {
  const header = headers();
  header.set('Nats-Stream', STREAM);
  header.set('Nats-Subject', `$KV.configs.${victim}`);
  header.set('Nats-Sequence', '99');
  header.set('Nats-Last-Sequence', '2');
  return header;
}
