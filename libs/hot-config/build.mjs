// Builds the library twice, ES modules for Nest 12 and CommonJS for Nest 11 and its Jest suites: tsc compiles each module once, and
// Rollup bundles what each entry point needs. An application loads a few files instead of a hundred, and none that it does not use.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute } from 'node:path';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

/** Entry point → its module below `src`. All but `engine` are in the exports of package.json; reliability/ drives the engine alone. */
const entries = {
  index: 'index',
  nats: 'nats/index',
  file: 'files/index',
  publisher: 'nats/publisher/index',
  document: 'document/public',
  health: 'health/index',
  metrics: 'metrics/index',
  testing: 'testing/index',
  engine: 'engine/index',
};

const dist = `${import.meta.dirname}/dist`;
const modules = `${dist}/modules`;

/**
 * @param {string} extension of the modules to bundle
 * @param {import('rollup').Plugin} plugin
 * @param {import('rollup').OutputOptions[]} outputs
 */
async function bundle(extension, plugin, outputs) {
  const input = Object.fromEntries(
    Object.entries(entries).map(([name, module]) => [name, `${modules}/${module}${extension}`]),
  );
  const graph = await rollup({
    input,
    plugins: [plugin],
    external: (id) => !id.startsWith('.') && !isAbsolute(id),
    // Else a bundle would load every package that a module it shares code with imports.
    treeshake: { moduleSideEffects: 'no-external' },
    onwarn({ code, message }) {
      // The decorator helpers of tsc look for one at the `this` of a script, which a module does not have.
      if (code === 'THIS_IS_UNDEFINED') return;
      // Types that an entry point uses but no entry point exports cannot be named by users. The engine has no users.
      if (!message.includes('Entry "engine.d.ts"')) throw new Error(message);
    },
  });
  for (const output of outputs) await graph.write({ ...output, hoistTransitiveImports: false });
  await graph.close();
}

rmSync(dist, { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '-p', import.meta.dirname], { stdio: 'inherit' });

/** With the source maps of tsc, so that those of the bundles lead to the TypeScript source. @type {import('rollup').Plugin} */
const compiled = {
  name: 'compiled',
  load: (path) => ({ code: readFileSync(path, 'utf8'), map: readFileSync(`${path}.map`, 'utf8') }),
};
const code = { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js', sourcemap: true };
await bundle('.js', compiled, [
  { ...code, dir: `${dist}/esm`, format: 'es' },
  // Jest cannot run a real `import()` in a CommonJS module, so those become calls of `require`.
  { ...code, dir: `${dist}/cjs`, format: 'cjs', esModule: true, interop: 'auto', dynamicImportInCjs: false },
]);
const types = { entryFileNames: '[name].d.ts', chunkFileNames: 'types/[name].ts' };
await bundle('.d.ts', dts(), [
  { ...types, dir: `${dist}/esm` },
  { ...types, dir: `${dist}/cjs` },
]);
// The package is "type": "module"; this marks the second build, with its declarations, as CommonJS.
writeFileSync(`${dist}/cjs/package.json`, '{ "type": "commonjs" }\n');
rmSync(modules, { recursive: true });
