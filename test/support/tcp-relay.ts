import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A network link that a test can break: passes bytes on to a port of this machine. */
export class TcpRelay {
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  private constructor(
    private readonly server: Server,
    private readonly target: () => number,
    private readonly delayMs: number,
  ) {
    server.on('connection', (near) => this.accept(near));
  }

  /**
   * `target` is called at each connection, so the port may be known later.
   *
   * @param delayMs milliseconds that bytes take in each direction. Default: 0
   */
  static async start(target: () => number, { delayMs = 0 } = {}): Promise<TcpRelay> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TcpRelay(server, target, delayMs);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Ends every connection. New connections pass. */
  drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Ends every connection, and lets no connection pass until `mend`. */
  cut(): void {
    this.isCut = true;
    this.drop();
  }

  mend(): void {
    this.isCut = false;
  }

  stop(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private accept(near: Socket): void {
    if (this.isCut) {
      near.destroy();
      return;
    }
    const far = connect(this.target(), '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.setNoDelay();
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
      if (this.delayMs === 0) socket.pipe(other);
      else socket.on('data', (bytes) => void setTimeout(() => other.write(bytes), this.delayMs));
    }
  }
}
