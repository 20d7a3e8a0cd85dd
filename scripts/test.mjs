// Runs every suite: the workspace's own, then the suites that need a NATS server once more on the newest server available,
// then the fixture applications that install the packed library as a user would. Each suite writes a JSON report to
// .cache/test-reports, from which the totals are added up.
//
//   node scripts/test.mjs [arguments of Jest]     with arguments, such as a path: on the usual server only
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { findNatsServer, findNewestNatsServer, versionOf } from './nats-server-bin.mjs';

const root = join(import.meta.dirname, '..');
const reports = join(root, '.cache/test-reports');
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

/** Milliseconds after which a run is ended, far more than a slow machine needs. Jest itself cannot end a busy loop. */
const LIMIT_MS = 30 * 60_000;
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const given = process.argv.slice(2);
/** Which suites ran on which server, printed at the end. @type {string[]} */
const servers = [];

/** @param {string} title @param {string[]} argv @param {NodeJS.ProcessEnv} [env] */
function run(title, argv, env = {}) {
  console.log(`\n--- ${title}`);
  const { status, error } = spawnSync(process.execPath, argv, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  if (error) console.log(`FAILED: ${title}: ${error.message}`);
  return status === 0;
}

/**
 * @param {string} suites
 * @param {{ program: string, version: string }} server
 * @param {string} report
 * @param {string[]} args
 */
function runJest(suites, { program, version }, report, args) {
  servers.push(`nats-server ${version}: ${suites}`);
  const output = ['--json', `--outputFile=${join(reports, report)}`];
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  // The program was found once, so that no test has to fetch it.
  return run(`${suites}, on nats-server ${version}`, [...flags, jest, ...output, ...args], {
    NATS_SERVER_BIN: program,
  });
}

/** @param {string} program */
async function serverOf(program) {
  return { program, version: await versionOf(program) };
}

/** Undefined, with the reason in `servers`, when there is only the usual server. @param {string} usual */
async function newestServer(usual) {
  try {
    const server = await serverOf(await findNewestNatsServer());
    if (server.version !== usual) return server;
    servers.push(`nats-server ${usual} is the newest available`);
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('\n');
    servers.push(`a newer nats-server than ${usual} is not available here: ${reason}`);
  }
  return undefined;
}

const usual = await serverOf(await findNatsServer());
const passed = [runJest('unit, integration, end to end', usual, 'workspace.json', given)];
if (given.length === 0) {
  const newest = await newestServer(usual.version);
  const suites = ['--selectProjects=integration', '--testPathPatterns=/integration/nats-'];
  if (newest) passed.push(runJest('NATS suites', newest, 'newest-server.json', suites));
  const fixtures = [join(root, 'scripts/test-fixtures.mjs'), reports];
  passed.push(run('fixture applications', fixtures, { NATS_SERVER_BIN: usual.program }));
}
console.log(`\n${servers.join('\n')}`);
process.exitCode = passed.every(Boolean) ? 0 : 1;
