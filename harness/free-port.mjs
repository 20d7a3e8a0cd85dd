import { createServer } from 'node:net';

/**
 * Below the range that systems give to outgoing connections. In that range, a client that dials a stopped server again and again can
 * be given the very port it dials, and be connected to itself.
 */
const range = { first: 15_000, count: 15_000 };

let next = Math.floor(Math.random() * range.count);

/**
 * @param {number} [preferred] returned if it is free
 * @returns {Promise<number>} a port on which nobody listens; another one at each call
 */
export async function freePort(preferred) {
  let port = preferred || nextPort();
  while (!(await isFree(port))) port = nextPort();
  return port;
}

/** @param {number} count */
export async function freePorts(count) {
  /** @type {number[]} */
  const ports = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

function nextPort() {
  next = (next + 1) % range.count;
  return range.first + next;
}

/**
 * Tried on all addresses and on loopback: some systems let two listeners have one port when their addresses differ.
 *
 * @param {number} port
 */
async function isFree(port) {
  return (await canListen(port, undefined)) && (await canListen(port, '127.0.0.1'));
}

/** @param {number} port @param {string | undefined} host @returns {Promise<boolean>} */
function canListen(port, host) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host }, () => probe.close(() => resolve(true)));
  });
}
