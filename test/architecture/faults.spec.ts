import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Raised with each section, so that a table that can no longer be read does not pass for one without rows. */
const fewestRows = 49;

interface Row {
  readonly fault: string;
  readonly tests: readonly string[];
}

function rowsOf(markdown: string): Row[] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter(([fault = '']) => fault !== 'fault' && !/^-+$/.test(fault))
    .map(([fault = '', , tests = '']) => ({
      fault,
      tests: Array.from(tests.matchAll(/`([^`]+)`/g), ([, path = '']) => path).filter(
        (path) => !path.startsWith('npm '),
      ),
    }));
}

/** All spec files of the workspace: path from the root → text. */
function specs(): Map<string, string> {
  const files = ['apps', 'libs', 'test', 'reliability'].flatMap((folder) => {
    try {
      return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(folder, name),
      );
    } catch {
      return [];
    }
  });
  const specFiles = files.filter(
    (name) => /\.spec\.ts$/.test(name) && !/(^|\/)(node_modules|dist)\//.test(name),
  );
  return new Map(specFiles.map((name) => [name, readFileSync(join(root, name), 'utf8')]));
}

describe('docs/faults.md', () => {
  const rows = rowsOf(readFileSync(join(root, 'docs/faults.md'), 'utf8'));
  const files = specs();

  it(`has at least ${fewestRows} rows, each once`, () => {
    expect(rows.length).toBeGreaterThanOrEqual(fewestRows);
    expect(new Set(rows.map(({ fault }) => fault)).size).toBe(rows.length);
  });

  it.each(rows)('has a test for: $fault', ({ fault, tests }) => {
    const title = `fault: ${fault}`;
    const titled = [...files].filter(([, text]) => text.includes(title)).map(([path]) => path);
    expect(titled.length).toBeGreaterThan(0);
    // What the row names is there, and one of those files is titled with it.
    const named = tests.map((path) => (files.has(path) ? path : join('libs/hot-config/src', path)));
    expect(named.filter((path) => !files.has(path))).toEqual([]);
    expect(named.some((path) => titled.includes(path))).toBe(true);
  });
});
