import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Every page of the repository that a reader may start from or be sent to. */
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  'libs/hot-config/README.md',
  'libs/hot-config/RULES.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** The targets of a page's links to other files, without what follows `#`. */
function linkedFiles(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8').replace(/```[^]*?```/g, '');
  return Array.from(text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g), ([, target = '']) => target).filter(
    (target) => !/^[a-z]+:/.test(target),
  );
}

const specFiles = ['apps', 'libs', 'test', 'reliability'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spec.ts') && !name.includes('node_modules'))
    .map((name) => join(folder, name)),
);

describe('the pages', () => {
  it.each(pages)('contain only links to files that exist: %s', (page) => {
    const missing = linkedFiles(page).filter((target) => !existsSync(join(root, dirname(page), target)));
    expect(missing).toEqual([]);
  });

  it.each(pages.filter((page) => page.startsWith('docs/adr/')))(
    '%s names only spec files that exist',
    (page) => {
      const named = Array.from(
        readFileSync(join(root, page), 'utf8').matchAll(/`([\w./-]+\.spec\.ts)`/g),
        ([, path = '']) => path,
      );
      expect(named.filter((path) => !specFiles.some((file) => `/${file}`.endsWith(`/${path}`)))).toEqual([]);
    },
  );

  it('define at most 30 words in ARCHITECTURE.md', () => {
    const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
    const [, section = ''] = /^## Words$([^]*?)^## /m.exec(text) ?? [];
    const words = Array.from(section.matchAll(/^\| ([a-z ]+?) +\|/gm), ([, word = '']) => word).slice(1);
    expect(words.length).toBeGreaterThan(20);
    expect(words.length).toBeLessThanOrEqual(30);
  });
});
