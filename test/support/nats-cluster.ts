import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../harness/eventually.mjs';
import { freePorts } from '../../harness/free-port.mjs';
import { type NatsServer, startNatsServer } from '../../harness/nats-server.mjs';
import { ForeignClient } from './nats-bucket.js';
import { TcpRelay } from './tcp-relay.js';

/** Real nats-server processes that form one JetStream cluster. Nodes are named by their index. */
export class NatsCluster {
  private constructor(
    private readonly directory: string,
    readonly nodes: readonly NatsServer[],
    private readonly links: readonly Link[],
  ) {}

  /** Resolves when the cluster has a leader, so that buckets can be created. `config` is added to the config of each node. */
  static async start(size = 3, config = ''): Promise<NatsCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'nats-cluster-'));
    for (let attempt = 1; ; attempt++) {
      const routePorts = await freePorts(size);
      const links = await linkAll(routePorts);
      const starts = await Promise.allSettled(
        (await freePorts(size)).map((port, index) => {
          const routes = links.filter(({ from }) => from === index).map(({ relay }) => relay.port);
          // The address that a node advertises leads nowhere, so that nodes use only the links that a test can cut.
          const cluster = { port: routePorts[index] ?? 0, routes, advertise: '127.0.0.1:1' };
          const storeDir = join(directory, `store${index}`);
          return startNatsServer({ port, storeDir, name: nodeName(index), cluster, config });
        }),
      );
      const nodes = starts.flatMap((start) => (start.status === 'fulfilled' ? start.value : []));
      const cluster = new NatsCluster(directory, nodes, links);
      if (nodes.length === size) {
        await cluster.elected();
        return cluster;
      }
      // Between the probe and the start another process may have taken a port.
      await cluster.stop();
      if (attempt === 5)
        throw (starts.find(({ status }) => status === 'rejected') as PromiseRejectedResult).reason;
    }
  }

  get urls(): string[] {
    return this.nodes.map(({ url }) => url);
  }

  /** Ends a node as a crash does. Its disk stays. */
  kill(index: number): Promise<void> {
    return this.node(index).kill();
  }

  /** Makes a node hang with its connections open. */
  pause(index: number): Promise<void> {
    return this.node(index).pause();
  }

  resume(index: number): void {
    this.node(index).resume();
  }

  /** Starts a node again on its disk. A node that runs is killed first. */
  restart(index: number): Promise<void> {
    return this.node(index).restart();
  }

  /** Ends a node and loses its disk. */
  async wipe(index: number): Promise<void> {
    await this.kill(index);
    await rm(join(this.directory, `store${index}`), { recursive: true, force: true });
  }

  /** Cuts a node off from the others. Clients reach it all the same. */
  isolate(index: number): void {
    for (const { relay } of this.linksOf(index)) relay.cut();
  }

  rejoin(index: number): void {
    for (const { relay } of this.linksOf(index)) relay.mend();
  }

  /** Resolves with the node that leads the stream of a bucket, as soon as the stream has a leader. */
  async leader(bucket = 'configs'): Promise<number> {
    const { leader } = await this.state(bucket, ({ leader }) => leader !== undefined);
    return this.nodes.findIndex((_, index) => nodeName(index) === leader);
  }

  /** Resolves when every replica of a bucket is there and has caught up, as its leader reports. */
  async level(bucket = 'configs'): Promise<void> {
    await this.state(bucket, ({ replicas }) => replicas.every(({ current, offline }) => current && !offline));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await Promise.all(this.links.map(({ relay }) => relay.stop()));
    await rm(this.directory, { recursive: true, force: true });
  }

  private linksOf(index: number): readonly Link[] {
    return this.links.filter(({ from, to }) => from === index || to === index);
  }

  private node(index: number): NatsServer {
    const node = this.nodes[index];
    if (!node) throw new Error(`The cluster has no node ${index}.`);
    return node;
  }

  private elected(): Promise<unknown> {
    return this.asking(({ jsm }) => eventually(() => jsm.getAccountInfo()));
  }

  private state(bucket: string, satisfies: (state: ReplicaState) => boolean): Promise<ReplicaState> {
    return this.asking(({ jsm }) =>
      eventually(async () => {
        const { cluster } = await jsm.streams.info(`KV_${bucket}`);
        return {
          leader: cluster?.leader || undefined,
          replicas: (cluster?.replicas ?? []).map(({ current, offline = false }) => ({ current, offline })),
        };
      }, satisfies),
    );
  }

  private async asking<T>(ask: (client: ForeignClient) => Promise<T>): Promise<T> {
    const client = await ForeignClient.connect(this.urls);
    try {
      return await ask(client);
    } finally {
      await client.close();
    }
  }
}

/** The route from one node to another. */
interface Link {
  readonly from: number;
  readonly to: number;
  readonly relay: TcpRelay;
}

function linkAll(routePorts: readonly number[]): Promise<Link[]> {
  return Promise.all(
    routePorts.flatMap((_, from) =>
      routePorts.flatMap((port, to) =>
        from === to ? [] : TcpRelay.start(() => port).then((relay) => ({ from, to, relay })),
      ),
    ),
  );
}

interface ReplicaState {
  readonly leader: string | undefined;
  readonly replicas: readonly { readonly current: boolean; readonly offline: boolean }[];
}

function nodeName(index: number): string {
  return `node${index}`;
}
