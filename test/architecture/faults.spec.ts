import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '../..');

/** Raised with each new section, so that a table that this test cannot read does not count as an empty table. */
const fewestRows = 52;

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

/** The text of a string, or of a template up to its first value. */
function wordsOf(node: ts.Node | undefined): string | undefined {
  if (node && ts.isStringLiteralLike(node)) return node.text;
  return node && ts.isTemplateExpression(node) ? node.head.text : undefined;
}

/** The table of `it.each(table)`, in any form; undefined for a plain `it`, null for a call that is no test or is skipped. */
function tableOf(callee: ts.Expression): ts.Node | undefined | null {
  if (ts.isCallExpression(callee)) {
    const { expression } = callee;
    const isEach = ts.isPropertyAccessExpression(expression) && expression.name.text === 'each';
    return isEach && tableOf(expression.expression) === undefined ? callee : null;
  }
  return ts.isIdentifier(callee) && ['it', 'test', 'describe'].includes(callee.text) ? undefined : null;
}

/** The titles of the tests, and of the groups of tests, that run. A `%s` at the start stands for each text of the table. */
function titlesOf(text: string): string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const table = tableOf(node.expression);
      const title = table === null ? undefined : wordsOf(node.arguments[0]);
      if (title !== undefined) titles.push(title);
      if (table && title?.startsWith('%s') === true)
        titles.push(...textsIn(table).map((first) => title.replace('%s', () => first)));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('a.spec.ts', text, ts.ScriptTarget.Latest));
  return titles;
}

function textsIn(node: ts.Node): string[] {
  const words = wordsOf(node);
  const texts = words === undefined ? [] : [words];
  ts.forEachChild(node, (child) => void texts.push(...textsIn(child)));
  return texts;
}

/** All spec files of the workspace: path from the root → titles. */
function specs(): Map<string, readonly string[]> {
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
  return new Map(specFiles.map((name) => [name, titlesOf(readFileSync(join(root, name), 'utf8'))]));
}

describe('docs/faults.md', () => {
  const rows = rowsOf(readFileSync(join(root, 'docs/faults.md'), 'utf8'));
  const files = specs();

  it(`has at least ${fewestRows} rows, and no row twice`, () => {
    expect(rows.length).toBeGreaterThanOrEqual(fewestRows);
    expect(new Set(rows.map(({ fault }) => fault)).size).toBe(rows.length);
  });

  it.each(rows)('has a test, in each file that the row names, for: $fault', ({ fault, tests }) => {
    const isTitle = (title: string): boolean => {
      const start = `fault: ${fault}`;
      return title.startsWith(start) && !/^\w/.test(title.slice(start.length));
    };
    const named = tests.map((path) => (files.has(path) ? path : join('libs/hot-config/src', path)));
    expect(named).not.toEqual([]);
    expect(named.filter((path) => files.get(path)?.some(isTitle) !== true)).toEqual([]);
  });

  it.each<[string, string[]]>([
    ["it('fault: a', f)", ['fault: a']],
    ["describe.each(kinds)('fault: a, of a %s', f)", ['fault: a, of a %s']],
    ["it.each([['fault: a', ['x']]])('%s: b', f)", ['%s: b', 'fault: a: b', 'x: b']],
    ['it(`fault: a ${n}`, f)', ['fault: a ']],
    ["// it('fault: a', f)", []],
    ["const text = 'fault: a'; log('fault: a')", []],
  ])('counts only titles of tests that run: %s', (text, titles) => {
    expect(titlesOf(text)).toEqual(titles);
  });

  it.each(['skip', 'todo'])('does not count the title of a test that is left out by %s', (how) => {
    const calls = [`it.${how}`, `it.${how}.each([])`, `describe.${how}`, `x${'it'}`];
    for (const call of calls) expect(titlesOf(`${call}('fault: a', f)`)).toEqual([]);
  });
});
