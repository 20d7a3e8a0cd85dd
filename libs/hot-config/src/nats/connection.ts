import { setMaxListeners } from 'node:events';
import type { NatsConnection, Status } from '@nats-io/transport-node';
import { HotConfigUnavailableError, type LinkState } from '../contract/index.js';
import { parseServers, secretsOf, serverOf } from './addresses.js';
import { dial, type Dialled } from './dial.js';
import { apiError, faultOf, unavailable, type Attempt } from './errors.js';
import type { NatsConnectionOptions } from './options.js';
import { BackOff } from '../async/back-off.js';
import { unlessAborted } from '../async/unless-aborted.js';
import { UnresponsiveTimer } from './pace.js';

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
 * reconnect on its own, and dials again when the client has closed.
 */
export class NatsLink {
  private readonly stopping = new AbortController();
  private readonly servers: readonly string[];
  private readonly address: Attempt;
  private readonly backOff = new BackOff(100, 5_000);
  private readonly unresponsive = new UnresponsiveTimer(10_000, 300_000);
  private running: Promise<void> | undefined;
  /** Connected, but perhaps not prepared yet; the client may be reconnecting it. */
  private dialled: Dialled | undefined;
  /** The server that had no answers. */
  private abandoned: string | undefined;
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
    this.servers = parseServers(options.servers).urls;
    this.address = { server: serverOf(options), bucket, secrets: secretsOf(options) };
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
    return new HotConfigUnavailableError(`NATS at ${this.server} is not connected yet; still trying.`);
  }

  unavailable(error: unknown, key?: string): HotConfigUnavailableError {
    return unavailable(error, key === undefined ? this.address : { ...this.address, key });
  }

  /**
   * To be told how each request went. A server that has no answer for long may be cut off from the rest of its cluster while
   * others are not, and nothing else would ever end the connection to it: where there are others, they get their turn.
   */
  noteOutcome(result: { readonly outcome: string; readonly error?: unknown }): void {
    if (result.outcome === 'unreachable') {
      // What was asked over a connection that is no more says nothing of the next.
      if (this.usable) this.unanswered(result.error);
    } else if (result.outcome !== 'rejected') {
      // A refusal may be our own, with nobody asked.
      this.unresponsive.answered();
    }
  }

  /** Once: what was stopped is over. */
  start(): void {
    this.running ??= this.run();
  }

  /** Whatever waits ends at once, as unreachable. */
  async stop(): Promise<void> {
    this.usable = undefined;
    this.stopping.abort(new HotConfigUnavailableError(`The link to NATS at ${this.server} was stopped.`));
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        const dialled = await this.open();
        await this.serve(dialled);
      } catch (error) {
        this.down(this.options.connection ? closedForGood() : error);
      }
      if (this.options.connection) return;
      await this.backOff.pause(this.stopping.signal);
    }
  }

  private async open(): Promise<Dialled> {
    const { connection } = this.options;
    return connection
      ? { connection, close: () => Promise.resolve(), reconnected: () => undefined }
      : dial(this.options, this.stopping.signal, this.abandoned);
  }

  /** Returns when the connection is closed for good, or the link is stopped. */
  private async serve(dialled: Dialled): Promise<void> {
    const { connection, close, reconnected } = dialled;
    // One that was given may be closed already: its status would never end.
    if (connection.isClosed()) throw new Error('connection closed');
    const status = connection.status() as AsyncIterable<Status> & { stop?(): void };
    const endStatus = (): void => status.stop?.();
    this.stopping.signal.addEventListener('abort', endStatus);
    // It may have been stopped while the connection was opened; who listens now is not told any more.
    if (this.stopping.signal.aborted) endStatus();
    this.dialled = this.options.connection ? undefined : dialled;
    void this.comeUp(connection);
    try {
      for await (const event of status) {
        if (this.stopping.signal.aborted) break;
        if (event.type !== 'reconnect') this.note(event);
        else {
          reconnected();
          void this.comeUp(connection);
        }
      }
      const error = await unlessAborted(connection.closed(), this.stopping.signal);
      this.era++;
      throw error ?? new Error('connection closed');
    } finally {
      this.era++;
      this.dialled = undefined;
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
    this.unresponsive.restart();
    while (era === this.era && !this.stopping.signal.aborted) {
      try {
        await unlessAborted(this.user.prepare(connection), this.stopping.signal);
        if (era === this.era) this.up(connection);
        return;
      } catch (error) {
        if (era !== this.era) return;
        this.down(error);
        this.unanswered(error);
        await retry.pause(this.stopping.signal);
      }
    }
  }

  private unanswered(error: unknown): void {
    const { dialled } = this;
    if (!dialled || this.servers.length < 2 || isAnswer(error)) return;
    const lasted = this.unresponsive.unanswered();
    if (lasted === undefined) return;
    this.abandoned = dialled.connection.getServer();
    const seconds = Math.round(lasted / 1_000);
    const reason = `The NATS server at ${this.abandoned} is connected but has not answered for ${seconds} s: it may be cut off from its cluster. Trying the next of ${this.server}.`;
    this.down(new HotConfigUnavailableError(`${reason} The applied value stays in force.`, { reason }));
    // Not its `reconnect`: a server that was down when the client first connected is none that it knows any more.
    dialled.close().catch(() => undefined);
  }

  private up(connection: NatsConnection): void {
    this.backOff.reset();
    this.unresponsive.restart();
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

/** Nobody opens again what the application has closed, or what its client has given up. No cause: it is news after a loss. */
function closedForGood(): HotConfigUnavailableError {
  const closed = 'The NATS connection that was given as the option connection is closed';
  const why = 'by its owner or because its client gave up; it is not opened again.';
  const remedy = 'Give one that was made with maxReconnectAttempts: -1, and restart.';
  return new HotConfigUnavailableError(`${closed}, ${why} The applied value stays in force. ${remedy}`, {
    reason: `${closed}, ${why} ${remedy}`,
  });
}

/** Whether the server has said no, which another one of its cluster would say too. */
function isAnswer(error: unknown): boolean {
  return (
    ['permission', 'bucket-unusable'].includes(faultOf(error)) || (apiError(error)?.status ?? Infinity) < 503
  );
}

function messageOf(state: LinkState): string {
  return state.up ? 'up' : state.error.message;
}
