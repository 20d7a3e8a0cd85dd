import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../scripts/demo/ports.mjs';
import { nodes } from './cast.mjs';
import { Program } from './program.mjs';

/** @import { ProcessSet } from '../../scripts/demo/process-set.mjs' */
/** @import { Topology } from './cast.mjs' */
/** @typedef {{ program: Program, url: string, store: string }} Node */

/**
 * The nodes of a store, not started: one server, or three that form a cluster.
 *
 * @param {ProcessSet} set
 * @param {string} binary
 * @param {Topology} topology
 * @param {string} folder of this store's files
 * @param {(name: string, ending: string) => void} onEndUnasked
 * @returns {Promise<Node[]>}
 */
export async function prepareNodes(set, binary, topology, folder, onEndUnasked) {
  const names = nodes[topology];
  const ports = await distinctPorts(2 * names.length);
  const routes = names.map((_name, at) => `nats://127.0.0.1:${ports[names.length + at]}`);
  return Promise.all(
    names.map(async (name, at) => {
      const store = join(folder, name);
      const file = join(folder, `${name}.conf`);
      const cluster = `cluster { name: chaos, listen: "127.0.0.1:${ports[names.length + at]}", routes: [${routes.join(', ')}] }`;
      await mkdir(store, { recursive: true });
      await writeFile(
        file,
        [
          `server_name: ${name}`,
          `listen: "127.0.0.1:${ports[at]}"`,
          `jetstream { store_dir: ${JSON.stringify(store)} }`,
          ...(names.length > 1 ? [cluster] : []),
        ].join('\n'),
      );
      const command = { file: binary, args: ['-c', file], endsLast: true };
      const program = new Program(set, name, command, onEndUnasked);
      return { program, url: `nats://127.0.0.1:${ports[at]}`, store };
    }),
  );
}

/** @param {number} count */
async function distinctPorts(count) {
  /** @type {Set<number>} */
  const ports = new Set();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
