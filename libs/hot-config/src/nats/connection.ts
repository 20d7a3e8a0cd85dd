import type { NatsConnection, Status } from '@nats-io/transport-node';
import { BackOff } from '../async/back-off.js';
import { sharedController } from '../async/shared-controller.js';
import { unlessAborted } from '../async/unless-aborted.js';
import { HotConfigUnavailableError, type LinkState } from '../contract/index.js';
import { parseServers, secretsOf, serverOf } from './addresses.js';
import { DEFAULT_CONNECT_TIMEOUT_MS, dial, type OpenConnection } from './dial.js';
import { apiError, faultOf, type Target, unavailable } from './errors.js';
import { GrowingTimeout } from './growing-timeout.js';
import type { NatsConnectionOptions } from './options.js';
import { UnresponsiveTimer } from './unresponsive-timer.js';

export interface LinkUser {
  /**
   * Called after each connect and reconnect, before the link counts as up. Throwing keeps the link down; it is called
   * again, with back-off, until it succeeds or the connection is lost.
   */
  prepare(connection: NatsConnection): Promise<void>;
  /** Called on each change of state, and of the cause while the link is down; never twice in a row with the same. */
  link(state: LinkState): void;
}

/**
 * Keeps one connection to NATS for as long as it runs, and never gives up: it dials with back-off, lets the client
 * reconnect on its own, and dials again when the client has closed.
 */
export class NatsLink {
  private readonly stopping = sharedController();
  private readonly servers: readonly string[];
  private readonly target: Target;
  private readonly backOff = new BackOff(100, 5_000, 1_000);
  /** Longer pauses: a fleet whose credentials are rejected must not storm the server. */
  private readonly rejectedBackOff = new BackOff(100, 5_000);
  private readonly connectTimeout: GrowingTimeout;
  private readonly unresponsive = new UnresponsiveTimer(10_000, 300_000);
  private running: Promise<void> | undefined;
  /** A connection of the link's own. It may not be prepared yet, and the client may be reconnecting it. */
  private opened: OpenConnection | undefined;
  /** The server that was left because it answered nothing. */
  private abandoned: string | undefined;
  private usable: NatsConnection | undefined;
  private reported: LinkState | undefined;
  /** Counts connects and disconnects, so that work begun on a lost connection is not finished on the next one. */
  private era = 0;

  constructor(
    private readonly options: NatsConnectionOptions,
    bucket: string,
    private readonly user: LinkUser,
  ) {
    const { connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
    this.connectTimeout = new GrowingTimeout(connectTimeoutMs, 3 * connectTimeoutMs);
    this.servers = parseServers(options.servers).urls;
    this.target = { server: serverOf(options), bucket, secrets: secretsOf(options) };
  }

  get server(): string {
    return this.target.server;
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
    return unavailable(error, { ...this.target, key });
  }

  /**
   * To be called with the outcome of each request. A server that answers nothing for long may be cut off from its cluster,
   * and nothing else would end the connection to it: if there are other servers, the next one is tried.
   */
  recordOutcome(result: { readonly outcome: string; readonly error?: unknown }): void {
    if (result.outcome === 'unreachable') {
      // A request over a lost connection says nothing about the next connection.
      if (this.usable) this.onUnanswered(result.error);
    } else if (result.outcome !== 'rejected') {
      // A rejection may be the library's own, without a request.
      this.unresponsive.answered();
    }
  }

  /** Only once: a stopped link does not start again. */
  start(): void {
    this.running ??= this.run();
  }

  /** Every pending request ends at once, as unreachable. */
  async stop(): Promise<void> {
    this.usable = undefined;
    this.stopping.abort(new HotConfigUnavailableError(`The link to NATS at ${this.server} was stopped.`));
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      let { backOff } = this;
      try {
        await this.serve(await this.open());
      } catch (error) {
        this.down(this.options.connection ? closedForGood() : error);
        if (isRejectedLogin(error)) backOff = this.rejectedBackOff;
      }
      if (this.options.connection) return;
      await backOff.pause(this.stopping.signal);
    }
  }

  private async open(): Promise<OpenConnection> {
    const { connection } = this.options;
    if (connection) return { connection, close: () => Promise.resolve(), reconnected: () => undefined };
    const { connectTimeout, abandoned } = this;
    const { ms } = connectTimeout;
    const begun = performance.now();
    try {
      const opened = await dial(this.options, ms, this.signal, abandoned);
      connectTimeout.answeredAfter(performance.now() - begun);
      return opened;
    } catch (error) {
      if (['timeout', 'tls-timeout'].includes(faultOf(error))) connectTimeout.timedOut(ms);
      throw error;
    }
  }

  /** Returns when the connection is closed for good, or the link is stopped. */
  private async serve(opened: OpenConnection): Promise<void> {
    const { connection, close, reconnected } = opened;
    // A connection of the application may be closed already: its status would never end.
    if (connection.isClosed()) throw new Error('connection closed');
    const status = connection.status() as AsyncIterable<Status> & { stop?(): void };
    const endStatus = (): void => status.stop?.();
    this.stopping.signal.addEventListener('abort', endStatus);
    // If it was aborted while the connection was opened, the listener is not called any more.
    if (this.stopping.signal.aborted) endStatus();
    this.opened = this.options.connection ? undefined : opened;
    void this.comeUp(connection);
    try {
      for await (const event of status) {
        if (this.stopping.signal.aborted) break;
        if (event.type !== 'reconnect') this.onStatus(event);
        else {
          reconnected();
          void this.comeUp(connection);
        }
      }
      const error = await unlessAborted(connection.closed(), this.stopping.signal);
      throw error ?? new Error('connection closed');
    } finally {
      this.era++;
      this.opened = undefined;
      this.usable = undefined;
      this.stopping.signal.removeEventListener('abort', endStatus);
      await close();
    }
  }

  private onStatus(event: Status): void {
    if (event.type === 'disconnect' || event.type === 'close') {
      this.era++;
      this.down(new Error('connection closed'));
    } else if (event.type === 'error' && isRejectedLogin(event.error)) {
      // The server rejects every reconnect for this reason, which says more than the disconnect before it.
      this.down(event.error);
    }
  }

  private async comeUp(connection: NatsConnection): Promise<void> {
    const era = ++this.era;
    const retry = new BackOff(100, 5_000, 1_000);
    this.unresponsive.restart();
    while (era === this.era && !this.stopping.signal.aborted) {
      try {
        await unlessAborted(this.user.prepare(connection), this.stopping.signal);
        if (era === this.era) this.up(connection);
        return;
      } catch (error) {
        if (era !== this.era) return;
        this.down(error);
        this.onUnanswered(error);
        await retry.pause(this.stopping.signal);
      }
    }
  }

  private onUnanswered(error: unknown): void {
    const { opened } = this;
    if (!opened || this.servers.length < 2 || isAnswer(error)) return;
    const lasted = this.unresponsive.unanswered();
    if (lasted === undefined) return;
    this.abandoned = opened.connection.getServer();
    const seconds = Math.round(lasted / 1_000);
    const reason = `The NATS server at ${this.abandoned} is connected but has not answered for ${seconds} s: it may be cut off from its cluster. Trying the next of ${this.server}.`;
    this.down(new HotConfigUnavailableError(`${reason} The applied value stays in force.`, { reason }));
    // Not the client's `reconnect`: the client has forgotten the servers that were down when it first connected.
    opened.close().catch(() => undefined);
  }

  private up(connection: NatsConnection): void {
    this.backOff.reset();
    this.rejectedBackOff.reset();
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
    // A lost connection is reported only after the link was up; later the cause that keeps it down is the better message.
    if (before?.up === false && state.up === false && faultOf(state.error.cause) === 'closed') return;
    this.reported = state;
    this.user.link(state);
  }
}

/** The library never reopens a connection of the application. No cause, so that it is reported after a lost connection too. */
function closedForGood(): HotConfigUnavailableError {
  const closed = 'The NATS connection that was given as the option connection is closed';
  const why = 'by its owner or because its client gave up; it is not opened again.';
  const remedy = 'Give one that was made with maxReconnectAttempts: -1, and restart.';
  return new HotConfigUnavailableError(`${closed}, ${why} The applied value stays in force. ${remedy}`, {
    reason: `${closed}, ${why} ${remedy}`,
  });
}

function isRejectedLogin(error: unknown): boolean {
  return ['authorization', 'expired'].includes(faultOf(error));
}

/** Whether the server has answered with an error that every other server of its cluster would give too. */
function isAnswer(error: unknown): boolean {
  return (
    ['permission', 'bucket-unusable'].includes(faultOf(error)) || (apiError(error)?.status ?? Infinity) < 503
  );
}

function messageOf(state: LinkState): string {
  return state.up ? 'up' : state.error.message;
}
