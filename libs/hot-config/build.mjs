// Builds the library twice: ES modules for Nest 12, CommonJS for Nest 11 and its Jest suites.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const here = import.meta.dirname;

rmSync(`${here}/dist`, { recursive: true, force: true });
for (const config of ['tsconfig.json', 'tsconfig.cjs.json']) {
  execFileSync(process.execPath, [tsc, '-p', `${here}/${config}`], { stdio: 'inherit' });
}
// The package is "type": "module"; this marks the second build as CommonJS.
writeFileSync(`${here}/dist/cjs/package.json`, '{ "type": "commonjs" }\n');
