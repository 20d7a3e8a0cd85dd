import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A link to the file, a blank line, and its code. */
const recipe = /\]\((?<file>[^)]+)\):\n\n```ts\n(?<code>[^]*?)```/g;

describe('a page of docs/recipes', () => {
  const folder = join(import.meta.dirname, '../../docs/recipes');
  const pages = readdirSync(folder).filter((name) => name !== 'README.md');
  const blocks = pages.flatMap((page) => {
    const text = readFileSync(join(folder, page), 'utf8');
    return Array.from(text.matchAll(recipe), ({ groups }) => ({ page, file: '', code: '', ...groups }));
  });

  it.each(pages)('links to the file of every code block: %s', (page) => {
    const fences = readFileSync(join(folder, page), 'utf8').match(/^```ts$/gm) ?? [];
    expect(fences.length).toBeGreaterThan(0);
    expect(blocks.filter((block) => block.page === page)).toHaveLength(fences.length);
  });

  it.each(blocks)('$page shows $file as it is tested, in under 30 lines', ({ file, code }) => {
    expect(existsSync(join(folder, file))).toBe(true);
    expect(code).toBe(readFileSync(join(folder, file), 'utf8'));
    expect(code.trimEnd().split('\n').length).toBeLessThan(30);
  });

  it.each(pages)('is linked in the index: %s', (page) => {
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain(`](${page})`);
  });
});
