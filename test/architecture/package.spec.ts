import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const library = join(import.meta.dirname, '../../libs/hot-config');

/** The paths of the files that npm would publish. */
async function packedFiles(): Promise<string[]> {
  const argv = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)('npm', argv, {
    cwd: library,
    shell: process.platform === 'win32',
  });
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, { files: { path: string }[] }>);
  return (packed?.files ?? []).map(({ path }) => path);
}

describe('the published package', () => {
  it('has at most 350 files, in both module formats', async () => {
    const files = await packedFiles();
    expect(files.length).toBeLessThanOrEqual(350);
    expect(files).toEqual(expect.arrayContaining(['dist/esm/index.js', 'dist/cjs/index.js', 'README.md']));
  });

  it('has no test, no fixture and no source outside of the source maps', async () => {
    const files = await packedFiles();
    expect(files.filter((path) => /\.(spec|fixture)\.|^src\//.test(path))).toEqual([]);
  });
});
