import { createServer } from 'node:net';

/**
 * @param {number} preferred 0 for none
 * @returns {Promise<number>} the preferred port when nobody listens on it, else a free one
 */
export async function freePort(preferred = 0) {
  if (preferred && (await isFree(preferred))) return preferred;
  for (;;) {
    // Below the range that systems give to outgoing connections, which come and go at any time.
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    if (await isFree(port)) return port;
  }
}

/**
 * Tried on all addresses and on loopback: some systems let two listeners have one port when their addresses differ.
 *
 * @param {number} port
 */
async function isFree(port) {
  return (await canListen(port, undefined)) && (await canListen(port, '127.0.0.1'));
}

/**
 * @param {number} port
 * @param {string | undefined} host
 * @returns {Promise<boolean>}
 */
function canListen(port, host) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host }, () => probe.close(() => resolve(true)));
  });
}
