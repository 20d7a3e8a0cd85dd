import { headers, type Msg } from '@nats-io/transport-node';
import { notificationOf } from './notifications.js';
import { BucketNames } from './wire.js';

const names = new BucketNames('configs', 'team.');

/** A message as the server republishes revision 7 of the key `app`; each header may be given more than once. */
function republished(more: readonly (readonly [string, string])[] = [], subject?: string): Msg {
  const all = headers();
  all.append('Nats-Stream', 'KV_configs');
  all.append('Nats-Subject', '$KV.configs.team.app');
  all.append('Nats-Sequence', '7');
  for (const [name, value] of more) all.append(name, value);
  return { subject: subject ?? 'hotconfig.configs.document.team.app', headers: all } as unknown as Msg;
}

const notified = (message: Msg) => notificationOf(message, names, names.republish);

it('a message that the server republished from the bucket gives the key and the revision', () => {
  expect(notified(republished())).toEqual({ key: 'app', revision: 7, deleted: false });
});

it('a republished mark of a deletion gives the key as deleted', () => {
  expect(notified(republished([['KV-Operation', 'DEL']]))).toMatchObject({ key: 'app', deleted: true });
});

it.each<[string, Msg]>([
  ['without headers', { subject: 'hotconfig.configs.document.team.app' } as unknown as Msg],
  ['of another stream', republished([['Nats-Stream', 'KV_other']])],
  ['of another key than the key in its subject', republished([['Nats-Subject', '$KV.configs.team.other']])],
  ['delivered to another subject', republished([], '$KV.configs.team.app')],
  ['of a key outside the prefix', republished([['Nats-Subject', '$KV.configs.app']])],
])('a message %s is ignored', (_, message) => {
  expect(notified(message)).toBeUndefined();
});

it('only the last header of a name counts, because the server appends its own header after the headers of the put', () => {
  const forged = headers();
  forged.append('Nats-Stream', 'KV_configs');
  forged.append('Nats-Subject', '$KV.configs.team.app');
  forged.append('Nats-Stream', 'KV_evil');
  forged.append('Nats-Subject', '$KV.evil.team.app');
  const message = { subject: 'hotconfig.configs.document.team.app', headers: forged } as unknown as Msg;
  expect(notified(message)).toBeUndefined();
});

it.each(['', 'x', '-1', '1.5'])(
  'a revision that is no positive whole number counts as 0: "%s"',
  (revision) => {
    expect(notified(republished([['Nats-Sequence', revision]]))?.revision).toBe(0);
  },
);
