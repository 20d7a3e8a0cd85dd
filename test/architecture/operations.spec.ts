import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');

/** The code spans in the first cell of each row of the tables whose first column is `message`. */
function quotedFragments(text: string): string[] {
  const fragments: string[] = [];
  let inTable = false;
  for (const line of text.split('\n')) {
    const first = line.startsWith('|') ? (line.split(/(?<!\\)\|/)[1] ?? '').trim() : undefined;
    if (first === undefined) inTable = false;
    else if (first === 'message') inTable = true;
    else if (inTable) fragments.push(...Array.from(first.matchAll(/`([^`]+)`/g), (match) => match[1] ?? ''));
  }
  return fragments;
}

/** All files that may log, except the driver of the demo, which no operator runs. */
function sources(): string[] {
  return ['apps', 'libs'].flatMap((folder) =>
    readdirSync(join(root, folder)).flatMap((name) => {
      if (name === 'config-modifier') return [];
      const src = join(root, folder, name, 'src');
      return readdirSync(src, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !/\.(spec|fixture)\.ts$/.test(file))
        .map((file) => readFileSync(join(src, file), 'utf8'));
    }),
  );
}

/** The literal text of a logged expression: strings and templates, in any combination; `…` for the rest. */
function literalText(node: ts.Node): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  if (ts.isConditionalExpression(node)) return `${literalText(node.whenTrue)}…${literalText(node.whenFalse)}`;
  if (ts.isBinaryExpression(node)) return literalText(node.left) + literalText(node.right);
  return '…';
}

function isLineOfLog(node: ts.Node): node is ts.VariableDeclaration | ts.PropertyAssignment {
  const isNamed = ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node);
  return isNamed && node.name.getText() === 'text' && node.getSourceFile().text.includes('logger[level](');
}

/** The texts that calls such as `logger.warn(…)` log. */
function loggedTexts(text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name, expression } = node.expression;
      const isLogger = /[lL]ogger(\(.*\))?$/.test(expression.getText());
      const [message] = node.arguments;
      if (isLogger && message && ['log', 'warn', 'error', 'fatal', 'debug'].includes(name.text))
        found.push(literalText(message));
    }
    // The library first formats an event as `text`, and logs all texts in one place.
    if (isLineOfLog(node) && node.initializer) found.push(literalText(node.initializer));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true));
  // A text without words of its own is only passed on.
  return found.filter((literal) => /[a-z]{3}/.test(literal));
}

describe('the operations page', () => {
  const fragments = quotedFragments(page);

  it('quotes every message exactly as the source has it', () => {
    const code = sources().join('\n');
    // In the source the quotes of a string in single quotes are escaped.
    const occurs = (fragment: string): boolean =>
      code.includes(fragment) || code.includes(fragment.replace(/'/g, "\\'"));
    expect(fragments.filter((fragment) => !occurs(fragment))).toEqual([]);
    // A scan that finds nothing must fail.
    expect(fragments.length).toBeGreaterThanOrEqual(75);
  });

  it('lists every message that the loader, the library or a process logs itself', () => {
    const logged = sources().flatMap(loggedTexts);
    const missing = logged.filter((text) => !fragments.some((fragment) => text.includes(fragment)));
    expect(missing).toEqual([]);
    expect(logged.length).toBeGreaterThanOrEqual(15);
  });
});
