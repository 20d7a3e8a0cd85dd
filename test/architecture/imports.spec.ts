import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '../..');

/**
 * Who may import whom, from ARCHITECTURE.md: what a `folder` imports at once, and what it loads only when it is used. A
 * folder may always import itself; `node:` stands for all of Node's own modules, `@nats-io/` for all packages of that scope.
 */
interface Row {
  readonly folder: string;
  readonly imports: readonly string[];
  readonly lazily: readonly string[];
}

function tableOf(markdown: string): Row[] {
  const [, section = ''] = /^## Folders$([^]*?)^## /m.exec(markdown) ?? [];
  return Array.from(
    section.matchAll(/^\| `([\w.-]+?)\/?` +\|[^|]*\|([^|]*)\|$/gm),
    ([, folder = '', cell = '']) => {
      const [imports = '', lazily = ''] = cell.split('when used:');
      const names = (text: string): string[] =>
        Array.from(text.matchAll(/`([^`]+?)`/g), ([, name = '']) => name);
      return { folder, imports: names(imports), lazily: names(lazily) };
    },
  );
}

const table = tableOf(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'));
const rowOf = (folder: string): Row | undefined => table.find((row) => row.folder === folder);

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly lazy: boolean;
  readonly typeOnly: boolean;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.(spec|fixture)\.ts$/.test(name))
    .map((name) => join(folder, name));
}

type Found = Pick<Import, 'lazy' | 'typeOnly'> & { readonly specifier: string };

function importsOf(file: string): Found[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: Found[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      const typeOnly = ts.isImportDeclaration(node) && node.importClause?.isTypeOnly === true;
      found.push({ specifier: (node.moduleSpecifier as ts.StringLiteral).text, lazy: false, typeOnly });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      found.push({ specifier: (node.arguments[0] as ts.StringLiteral).text, lazy: true, typeOnly: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The row of the table that a path below `src` belongs to. */
function placeOf(path: string): string {
  return path.split('/')[0] ?? '';
}

function libraryImports(): Import[] {
  const src = join(root, 'libs/hot-config/src');
  return sourceFiles(src).flatMap((file) =>
    importsOf(file).map(({ specifier, ...how }) => ({
      ...how,
      file: relative(root, file),
      from: placeOf(relative(src, file)),
      to: specifier.startsWith('.') ? placeOf(relative(src, join(dirname(file), specifier))) : specifier,
    })),
  );
}

function covers(row: readonly string[], to: string): boolean {
  return row.some((allowed) => to === allowed || (/[:/]$/.test(allowed) && to.startsWith(allowed)));
}

describe('the table of folders in ARCHITECTURE.md', () => {
  const imports = libraryImports();

  it('has a row for every folder of the library, and a folder for every row', () => {
    expect([...new Set(imports.map(({ from }) => from))].sort()).toEqual(
      table.map(({ folder }) => folder).sort(),
    );
  });

  it('holds: each folder imports only what its row allows', () => {
    const forbidden = imports.filter(
      ({ from, to, lazy }) =>
        from !== to &&
        !covers([...(rowOf(from)?.imports ?? []), ...(lazy ? (rowOf(from)?.lazily ?? []) : [])], to),
    );
    expect(forbidden).toEqual([]);
    // A scan that finds nothing must fail.
    expect(imports.length).toBeGreaterThan(150);
  });

  it('keeps optional peers optional: validators are loaded only when a class is validated', () => {
    const eager = imports.filter(
      ({ to, lazy, typeOnly }) => /^class-(validator|transformer)($|\/)/.test(to) && !lazy && !typeOnly,
    );
    expect(eager).toEqual([]);
  });
});

describe('the apps', () => {
  const appImports = readdirSync(join(root, 'apps')).flatMap((app) =>
    sourceFiles(join(root, 'apps', app, 'src')).flatMap((file) =>
      importsOf(file).map(({ specifier }) => ({ app, file, specifier })),
    ),
  );

  it('use the library through its public entry points only', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'libs/hot-config/package.json'), 'utf8')) as {
      exports: Record<string, unknown>;
    };
    const entries = Object.keys(manifest.exports).map((entry) => entry.replace(/^\./, 'nestjs-hot-config'));
    const ofLibrary = appImports.filter(({ specifier }) => specifier.startsWith('nestjs-hot-config'));
    expect(ofLibrary.filter(({ specifier }) => !entries.includes(specifier))).toEqual([]);
    expect(ofLibrary.length).toBeGreaterThan(10);
  });

  it('import nothing outside of their own folder', () => {
    const reaching = appImports.filter(
      ({ app, file, specifier }) =>
        specifier.startsWith('.') &&
        !join(dirname(file), specifier).startsWith(join(root, 'apps', app, 'src')),
    );
    expect(reaching).toEqual([]);
    expect(appImports.length).toBeGreaterThan(30);
  });
});
