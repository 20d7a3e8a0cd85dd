import { setMaxListeners } from 'node:events';
import type { NatsConnection, Status } from '@nats-io/transport-node';
import { HotConfigUnavailableError, type LinkState } from '../../contract/index.js';
import { dial, type Dialled } from './dial.js';
import { faultOf, unavailable, type Attempt } from './errors.js';
import { parseServers, type NatsConnectionOptions } from './options.js';
import { BackOff, unlessAborted } from './pause.js';

export interface LinkUser {
  /**
   * Called after each connect and reconnect, before the link counts as up. Throwing keeps the link down; it is called
   * again, with back-off, until it succeeds or the connection is lost.
   */
  prepare(connection: NatsConnection): Promise<void>;
  /** Told on each change of state, and of the cause while it is down; never twice in a row the same. */
  link(state: LinkState): void;
}

/**
 * Keeps one connection to NATS for as long as it runs, and never gives up: it dials with back-off, lets the client
 * reconnect by itself, and dials anew when the client has closed.
 */
export class NatsLink {
  private readonly stopping = new AbortController();
  private readonly address: Attempt;
  private readonly backOff = new BackOff(100, 5_000);
  private running: Promise<void> | undefined;
  private usable: NatsConnection | undefined;
  private reported: LinkState | undefined;
  /** Counts connects and disconnects, so that what was begun on a lost connection is not finished on the next. */
  private era = 0;

  constructor(
    private readonly options: NatsConnectionOptions,
    bucket: string,
    private readonly user: LinkUser,
  ) {
    // Each read that is underway listens; how many there are is the caller's affair.
    setMaxListeners(0, this.stopping.signal);
    const urls = parseServers(options.servers).urls;
    this.address = { server: options.connection ? options.connection.getServer() : urls.join(','), bucket };
  }

  get server(): string {
    return this.address.server;
  }

  /** Aborted by `stop`. */
  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  /** The connection, while the link is up. */
  get connection(): NatsConnection | undefined {
    return this.usable;
  }

  /** Why the link is down. Only while it is. */
  get reason(): HotConfigUnavailableError {
    if (this.stopping.signal.aborted) return this.stopping.signal.reason as HotConfigUnavailableError;
    if (this.reported?.up === false) return this.reported.error;
    return new HotConfigUnavailableError(`NATS at ${this.server} is not connected yet; it is being tried.`);
  }

  unavailable(error: unknown, key?: string): HotConfigUnavailableError {
    return unavailable(error, key === undefined ? this.address : { ...this.address, key });
  }

  start(): void {
    if (!this.stopping.signal.aborted) this.running ??= this.run();
  }

  /** Whatever waits ends at once, as unreachable. */
  async stop(): Promise<void> {
    this.usable = undefined;
    this.stopping.abort(new HotConfigUnavailableError(`The source of NATS at ${this.server} was stopped.`));
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        const dialled = await this.open();
        await this.serve(dialled);
      } catch (error) {
        this.down(error);
      }
      if (this.options.connection) return;
      await this.backOff.pause(this.stopping.signal);
    }
  }

  private async open(): Promise<Dialled> {
    const { connection } = this.options;
    return connection
      ? { connection, close: () => Promise.resolve() }
      : dial(this.options, this.stopping.signal);
  }

  /** Returns when the connection is closed for good, or the link is stopped. */
  private async serve({ connection, close }: Dialled): Promise<void> {
    const status = connection.status() as AsyncIterable<Status> & { stop?(): void };
    const endStatus = (): void => status.stop?.();
    this.stopping.signal.addEventListener('abort', endStatus);
    void this.comeUp(connection);
    try {
      for await (const event of status) {
        if (this.stopping.signal.aborted) break;
        if (event.type === 'reconnect') void this.comeUp(connection);
        else this.note(event);
      }
      const error = await unlessAborted(connection.closed(), this.stopping.signal);
      this.era++;
      throw error ?? new Error('connection closed');
    } finally {
      this.era++;
      this.usable = undefined;
      this.stopping.signal.removeEventListener('abort', endStatus);
      await close();
    }
  }

  private note(event: Status): void {
    if (event.type === 'disconnect' || event.type === 'close') {
      this.era++;
      this.down(new Error('connection closed'));
    } else if (event.type === 'error' && ['authorization', 'expired'].includes(faultOf(event.error))) {
      // While it is refused at every reconnect, this is the cause; the disconnect before it told less.
      this.down(event.error);
    }
  }

  private async comeUp(connection: NatsConnection): Promise<void> {
    const era = ++this.era;
    const retry = new BackOff(100, 5_000);
    while (era === this.era && !this.stopping.signal.aborted) {
      try {
        await unlessAborted(this.user.prepare(connection), this.stopping.signal);
        if (era === this.era) this.up(connection);
        return;
      } catch (error) {
        if (era !== this.era) return;
        this.down(error);
        await retry.pause(this.stopping.signal);
      }
    }
  }

  private up(connection: NatsConnection): void {
    this.backOff.reset();
    this.usable = connection;
    this.report({ up: true });
  }

  private down(cause: unknown): void {
    this.usable = undefined;
    if (this.stopping.signal.aborted) return;
    this.report({ up: false, error: this.unavailable(cause) });
  }

  private report(state: LinkState): void {
    const before = this.reported;
    if (before && messageOf(before) === messageOf(state)) return;
    // A loss is news only after it was up; afterwards the cause that keeps it down is the better message.
    if (before?.up === false && state.up === false && faultOf(state.error.cause) === 'closed') return;
    this.reported = state;
    this.user.link(state);
  }
}

function messageOf(state: LinkState): string {
  return state.up ? 'up' : state.error.message;
}
