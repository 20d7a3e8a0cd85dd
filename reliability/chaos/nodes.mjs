import { join } from 'node:path';
import { freePorts } from '../../harness/free-port.mjs';
import { NatsServer } from '../../harness/nats-server.mjs';
import { nodes } from './participants.mjs';

/** @import { WorldOptions } from './world.mjs' */

/**
 * The nodes of a store, not started: one server, or three that form a cluster.
 *
 * @param {WorldOptions} options
 * @param {string} folder of this store's files
 * @returns {Promise<NatsServer[]>}
 */
export async function prepareNodes({ set, binary, topology, onEndUnasked }, folder) {
  const names = nodes[topology];
  const ports = await freePorts(names.length);
  const routes = await freePorts(names.length);
  return names.map((name, at) => {
    const cluster = names.length > 1 ? { cluster: { port: routes[at] ?? 0, routes } } : {};
    const running = { binary, directory: join(folder, name), set, onEndUnasked };
    return new NatsServer({ name, port: ports[at] ?? 0, ...cluster }, running);
  });
}
