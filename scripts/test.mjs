// Runs every suite: the workspace's own, then the fixture applications that install the packed library as a user would.
// Each writes a JSON report to .cache/test-reports, from which the totals are added up.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { findNatsServer } from './nats-server-bin.mjs';

const root = join(import.meta.dirname, '..');
const reports = join(root, '.cache/test-reports');
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

// Found once, so that no test has to fetch it.
process.env.NATS_SERVER_BIN = await findNatsServer();

/**
 * @param {string} title
 * @param {string[]} argv
 * @param {NodeJS.ProcessEnv} [env]
 */
function run(title, argv, env = {}) {
  console.log(`\n--- ${title}`);
  const { status } = spawnSync(process.execPath, argv, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return status === 0;
}

const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const passed = [
  run('unit, integration, end to end', [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    '--json',
    `--outputFile=${join(reports, 'workspace.json')}`,
    ...process.argv.slice(2),
  ]),
  run('fixture applications', [join(root, 'scripts/test-fixtures.mjs'), reports]),
];
process.exitCode = passed.every(Boolean) ? 0 : 1;
