// Adds up the JSON reports of every suite of the last `npm test`, as one plain line.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../.cache/test-reports');
const totals = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
let reports = [];
try {
  reports = readdirSync(folder).filter((name) => name.endsWith('.json'));
} catch {
  // Without the folder no suite has run.
}
for (const name of reports) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  totals.passed += report.numPassedTests;
  // A suite that could not be loaded has no failed test, but counts as a failure.
  totals.failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
  totals.skipped += report.numPendingTests + report.numTodoTests;
}
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
