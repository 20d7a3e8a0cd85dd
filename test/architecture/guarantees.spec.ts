import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/guarantees.md'), 'utf8');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Name and text of each promise. */
const promises = Array.from(page.matchAll(/^- \*\*(\w+)\.\*\*[^]*?(?=\n- |\n\n)/gm), ([text, name = '']) => ({
  name,
  text: text.replace(/\s+/g, ' '),
}));

const paths = Array.from(page.matchAll(/`([\w*./-]+\.spec\.ts)`/g), ([, path = '']) => path);
const commands = Array.from(page.matchAll(/`npm run ([\w:]+)[^`]*`/g), ([, name = '']) => name);

/** The names of the files at a path, in which `*` stands for any name. */
function filesAt(path: string): string[] {
  const from = path.startsWith('test/') ? root : join(root, 'libs/hot-config/src');
  const [start = '', end = ''] = basename(path).split('*');
  const isOne = (name: string): boolean =>
    path.includes('*') ? name.startsWith(start) && name.endsWith(end) : name === start;
  try {
    return readdirSync(join(from, dirname(path))).filter(isOne);
  } catch {
    return [];
  }
}

describe('docs/guarantees.md', () => {
  it('has the seven promises', () => {
    expect(promises.map(({ name }) => name)).toEqual([
      'Valid',
      'Atomic',
      'Ordered',
      'Current',
      'Available',
      'Isolated',
      'Honest',
    ]);
  });

  it.each(promises)('gives the bound of $name, then the tests that prove it', ({ text }) => {
    expect(text).toMatch(/ Bound: .+\. Tests: .*`[^`]+\.spec\.ts`/);
  });

  it.each([...new Set(paths)])('names spec files that exist: %s', (path) => {
    expect(filesAt(path)).not.toEqual([]);
  });

  it.each([...new Set(commands)])('names npm scripts that exist: %s', (name) => {
    expect(scripts[name]).toBeDefined();
  });
});
