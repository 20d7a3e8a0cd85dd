#!/usr/bin/env node
/**
 * Measures the cost of holding each request to one view: the processor time of a server for a request, and of the same server
 * without it, in alternating windows. It measures processor time, not requests per second, because other processes on the
 * machine do not change it; where the processor is the limit, one is the inverse of the other. For comparison it measures an
 * `AsyncLocalStorage` alone, the interceptor of the library, and an interceptor that does nothing, for the cost of Nest itself.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { commandLine } from '../harness/command-line.mjs';
import { summarize } from './statistics.mjs';

const usage = `Usage: npm run bench:pinned -- [--windows N] [--requests N] [--json] [--check]

  --windows N   windows of each server, in turn (30)
  --requests N  requests in a window (5000)
  --json        the figures as JSON on standard output
  --check       exit code 1 when the cost is above 1 %`;

const connections = 50;
const target = 1.01;
const kinds = /** @type {const} */ (['plain', 'storage', 'pinned', 'idle', 'interceptor']);

/** @typedef {(typeof kinds)[number]} Kind */
/** @typedef {{ kind: Kind, url: string, agent: Agent, costs: number[], cpu: () => Promise<number>, end: () => void }} Server */

/** @param {Kind} kind @returns {Promise<Server>} */
async function start(kind) {
  const child = fork(fileURLToPath(new URL('pinned-server.mjs', import.meta.url)), [kind]);
  const [{ url }] = await once(child, 'message');
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const cpu = async () => {
    child.send('cpu');
    const [answer] = await once(child, 'message');
    return /** @type {number} */ (answer.microseconds);
  };
  const end = () => {
    agent.destroy();
    child.disconnect();
  };
  return { kind, url: `${url}/config`, agent, costs: [], cpu, end };
}

/** @param {string} url @param {Agent} agent @returns {Promise<void>} */
function ask(url, agent) {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
      response.resume().on('end', resolve);
    }).on('error', reject);
  });
}

/**
 * @param {Server} server
 * @param {number} requests
 * @returns {Promise<number>} microseconds of the server's processor time for one request
 */
async function measure({ url, agent, cpu }, requests) {
  const before = await cpu();
  let left = requests;
  const worker = async () => {
    while (left-- > 0) await ask(url, agent);
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return ((await cpu()) - before) / requests;
}

async function main() {
  const defaults = { windows: 30, requests: 5_000, json: false, check: false };
  const { windows, requests, json, check } = commandLine(usage, defaults);
  /** @type {Server[]} */
  const servers = [];
  try {
    for (const kind of kinds) servers.push(await start(kind));
    for (let window = -3; window < windows; window++) {
      const order = window % 2 === 0 ? servers : servers.toReversed();
      for (const server of order) {
        const cost = await measure(server, requests);
        // The first windows only warm up compilers and connections.
        if (window >= 0) server.costs.push(cost);
      }
    }
    report(servers, json);
    if (check && ratioOf(servers, 'pinned') > target) process.exitCode = 1;
  } finally {
    for (const server of servers) server.end();
  }
}

/** @param {readonly Server[]} servers @param {boolean} json */
function report(servers, json) {
  const rows = servers.map(({ kind, costs }) => ({
    kind,
    microseconds: costOf(costs),
    ratio: ratioOf(servers, kind),
  }));
  if (json) return console.log(JSON.stringify(rows));
  console.log(
    `processor time of a request on Node ${process.versions.node}, lower quartile of ${servers[0]?.costs.length} windows; target for pinned: ${target}`,
  );
  for (const { kind, microseconds, ratio } of rows) {
    console.log(
      `${kind.padEnd(12)} ${microseconds.toFixed(1).padStart(7)} µs   ${ratio.toFixed(3)} of plain`,
    );
  }
}

/**
 * Other processes can only add to the cost of a window, through the caches, and add more to some windows than to others.
 *
 * @param {readonly number[]} costs
 */
const costOf = (costs) => summarize(costs).p25;

/** @param {readonly Server[]} servers @param {Kind} wanted */
function ratioOf(servers, wanted) {
  const costsOf = (/** @type {Kind} */ kind) => servers.find((server) => server.kind === kind)?.costs ?? [];
  return costOf(costsOf(wanted)) / costOf(costsOf('plain'));
}

await main();
