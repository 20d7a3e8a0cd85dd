import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

const SOCKET_CREATED = 'net.client.socket';

/**
 * The sockets that the client opens until it is connected. The client forgets the socket of an attempt that timed out
 * (https://github.com/nats-io/nats.js/issues/64 is closed, but version 3.4 still does). A server that hangs would keep
 * that socket open, and the socket would keep the process alive.
 *
 * An AsyncLocalStorage tells the client's sockets from those that the application opens at the same time. On Node 20 an
 * active one makes each `await` of the process about four times slower, so it is active only while the client connects.
 */
export class DialSockets {
  private storage: AsyncLocalStorage<true> | undefined;
  private readonly opened = new Set<Socket>();
  private isAbandoned = false;

  /** To be called by the client's own code, just before it opens its first socket. Does nothing while it is active. */
  begin(): void {
    if (this.storage) return;
    // A new one each time: work that a hint started during an earlier connection must not count as the client's.
    this.storage = new AsyncLocalStorage();
    this.storage.enterWith(true);
    subscribe(SOCKET_CREATED, this.record);
  }

  /** The client is connected, or has stopped trying. */
  end(): void {
    unsubscribe(SOCKET_CREATED, this.record);
    this.storage?.disable();
    this.storage = undefined;
    this.opened.clear();
  }

  /** Destroys the sockets, and each that the client still opens before `end`. */
  abandon(): void {
    this.isAbandoned = true;
    for (const socket of this.opened) socket.destroy();
  }

  private readonly record = (message: unknown): void => {
    if (!this.storage?.getStore()) return;
    const { socket } = message as { socket: Socket };
    // The client removes all listeners of its sockets, so a listener for `close` would not be called.
    for (const earlier of this.opened) if (earlier.destroyed) this.opened.delete(earlier);
    this.opened.add(socket);
    // Not at once: Node would connect it all the same.
    if (this.isAbandoned) setImmediate(() => socket.destroy());
  };
}
