import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/**
 * The sockets of one client. The client forgets the socket of an attempt that a hanging server never answered, so it
 * would stay open for as long as that server hangs, and keep the process alive.
 */
export class ClientSockets {
  private static readonly current = new AsyncLocalStorage<ClientSockets | undefined>();
  private readonly open = new Set<Socket>();
  private over = false;

  async during<T>(work: () => Promise<T>): Promise<T> {
    subscribe('net.client.socket', ClientSockets.note);
    return ClientSockets.current.run(this, work);
  }

  /**
   * For what the client calls when a message comes: the sockets that a listener opens there are not the client's.
   */
  static outside<Args extends unknown[]>(callback: (...args: Args) => void): (...args: Args) => void {
    return (...args) => ClientSockets.current.run(undefined, callback, ...args);
  }

  destroy(): void {
    if (this.over) return;
    this.over = true;
    unsubscribe('net.client.socket', ClientSockets.note);
    for (const socket of this.open) socket.destroy();
  }

  private static readonly note = (message: unknown): void => {
    const log = ClientSockets.current.getStore();
    const { socket } = message as { socket?: Socket };
    if (!log || !socket) return;
    // Not by a listener: the client removes all listeners of its sockets.
    for (const known of log.open) if (known.destroyed) log.open.delete(known);
    log.open.add(socket);
  };
}
