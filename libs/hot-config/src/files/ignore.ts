import { basename } from 'node:path/posix';

/** What editors, synchronizing programs, package managers and kustomize leave beside documents. */
const LEFTOVERS = [
  '*~',
  '*.bak',
  '*.old.yaml',
  '*.old.yml',
  '*.old.json',
  '*.sync-conflict-*',
  'kustomization.yaml',
  'kustomization.yml',
  'node_modules',
];

/** Whether this file or folder is ignored. The path is relative to the directory and has `/` between names. */
export type IgnoreRule = (path: string) => boolean;

/** Patterns are added to the leftovers, a function is asked instead of them. A name that begins with a dot is ignored always. */
export function ignoreRule(ignore: readonly string[] | IgnoreRule): IgnoreRule {
  const isIgnored = typeof ignore === 'function' ? ignore : matchesAny([...LEFTOVERS, ...ignore]);
  return (path) => basename(path).startsWith('.') || isIgnored(path);
}

/**
 * `*` stands for any characters but `/`. A pattern with a `/` before its end is compared with the whole path, another with the name
 * alone. `./drafts` and `drafts/` are what people write for folders; no path begins or ends that way.
 */
function matchesAny(patterns: readonly string[]): IgnoreRule {
  const rules = patterns.map((written) => {
    const pattern = written.replace(/\/$/, '');
    const path = pattern.replace(/^\.\//, '');
    const literals = path.split('*').map((text) => text.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
    return { whole: pattern.includes('/'), expression: new RegExp(`^${literals.join('[^/]*')}$`, 's') };
  });
  return (path) => rules.some(({ whole, expression }) => expression.test(whole ? path : basename(path)));
}
