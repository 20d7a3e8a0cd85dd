import { errors } from '@nats-io/transport-node';
import type { Bucket } from '../bucket.js';
import { BucketNames } from '../wire.js';
import { Hints } from './hints.js';

/** As much of a client's connection as hints need: what is subscribed to on it, for as long as it lasts. */
class ScriptedConnection {
  readonly subjects: string[] = [];
  state: 'open' | 'draining' | 'closed' = 'open';

  isClosed(): boolean {
    return this.state === 'closed';
  }

  isDraining(): boolean {
    return this.state === 'draining';
  }

  subscribe(subject: string): { unsubscribe(): void } {
    if (this.state === 'closed') throw new errors.ClosedConnectionError();
    if (this.state === 'draining') throw new errors.DrainingConnectionError();
    this.subjects.push(subject);
    return { unsubscribe: () => undefined };
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}

it.each(['closed', 'draining'] as const)(
  'a key that is watched while the last connection is %s is no error, and is heard of over the next one',
  (state) => {
    const [last, next] = [new ScriptedConnection(), new ScriptedConnection()];
    const names = new BucketNames('configs', '');
    const hints = new Hints(names, [], { hint: () => undefined, noted: () => undefined });
    const inspected = (connection: ScriptedConnection): void =>
      hints.follow({ connection, names } as unknown as Bucket, undefined, 'one');
    inspected(last);
    hints.watch('early');
    last.state = state;
    hints.watch('late');
    inspected(last);
    expect(last.subjects).toEqual(['hotconfig.configs.document.early']);
    inspected(next);
    expect(next.subjects).toEqual(['hotconfig.configs.document.early', 'hotconfig.configs.document.late']);
  },
);
