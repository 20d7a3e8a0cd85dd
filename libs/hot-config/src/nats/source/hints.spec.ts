import { errors } from '@nats-io/transport-node';
import type { Bucket } from '../bucket.js';
import { BucketNames } from '../wire.js';
import { Hints } from './hints.js';

/** The part of a client's connection that hints need. It records the subjects that are subscribed to. */
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
  'a key that is watched while the last connection is %s receives its hint over the next connection',
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
