/** The documents that cost a parser the most, of the largest allowed size, by name. */

const LARGE = 256 * 1024;

/**
 * @param {string} unit
 * @param {string} [head]
 * @param {string} [tail]
 */
function filled(unit, head = '', tail = '') {
  return head + unit.repeat(Math.floor((LARGE - head.length - tail.length) / unit.length)) + tail;
}

/**
 * @param {number} count
 * @param {(index: number) => string} item
 */
function listed(count, item, separator = '') {
  return Array.from({ length: count }, (_, index) => item(index)).join(separator);
}

/** @type {Record<string, string>} */
export const worstDocuments = {
  'alias bomb: a billion laughs': `a0: &a0 [${'x,'.repeat(10)}]\n${listed(15, (i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]\n`)}`,
  'alias bomb: many aliases of a list': `a: &a [${'x,'.repeat(3_000)}]\nb: [${'*a,'.repeat(2_000)}]\n`,
  'alias bomb: merges of a large mapping': `a: &a {${listed(1_800, (i) => `k${i}: 1`, ', ')}}\nb: {<<: [${'*a,'.repeat(9)}]}\n`,
  'alias bomb: many merges of a mapping': `a: &a {${listed(1_200, (i) => `k${i}: 1`, ', ')}}\nb:\n${'  - <<: *a\n'.repeat(500)}`,
  'alias bomb: many aliases of a text': `a: &a ${'x'.repeat(200_000)}\nb: [${'*a,'.repeat(5_000)}]\n`,
  'cyclic anchors': `a: &a [${'*a,'.repeat(5_000)}]`,
  'cyclic anchors, of many': listed(1_500, (i) => `a${i}: &a${i} [*a${i}]\n`),
  'deep nesting: brackets': filled('['),
  'deep nesting: brackets in JSON': `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  'deep nesting: mappings': filled('{a: '),
  'deep nesting: dashes': filled('- '),
  'deep nesting: question marks': filled('? - '),
  'deep nesting: indentation': listed(500, (i) => `${' '.repeat(i)}a:\n`),
  'too many nodes: a list': filled('- a\n'),
  'too many nodes: a mapping': listed(20_000, (i) => `k${i}: 1\n`),
  'too many nodes: in brackets': filled('a,', '[', ']'),
  'too many nodes: empty': filled('-\n'),
  'too many nodes: anchors': filled('&a '),
  'too many nodes: tags': filled('!!str '),
  'too many nodes: JSON': `{"a":[${'1,'.repeat(100_000)}1]}`,
  'just few enough: lines': listed(2_100, (i) => `k${i}: text\n`),
  'just few enough: in quotes': listed(2_100, (i) => `"k${i}": "text"\n`),
  'just few enough: in brackets': `a: [${'"x", '.repeat(3_650)}]`,
  'just few enough: anchors and tags': listed(1_200, (i) => `k${i}: &a${i} !!str text\n`),
  'just few enough: aliases': `a: &a x\n${listed(2_450, (i) => `k${i}: *a\n`)}`,
  'just few enough: JSON': JSON.stringify(Object.fromEntries(Array.from({ length: 14_000 }, (_, i) => [`k${i}`, i]))),
  'comments': filled('#\n', 'a: 1\n'),
  'blank lines, then comments, below a text': `- |\n    x\n${'\n'.repeat(8_000)}${'   #\n'.repeat(4_000)}`,
  'blank lines in brackets': filled('\n', 'a: [', ']'),
  'spaces': filled(' ', 'a: b', 'c'),
  'spaces in JSON': filled(' ', '{', '}'),
  'a text': filled('x ', 'a: '),
  'a text in quotes': filled('x ', 'a: "', '"'),
  'a text of escapes': filled('\\n', 'a: "', '"'),
  'a text of escapes in JSON': filled('\\n', '{"a":"', '"}'),
  'a text of wrong escapes in JSON': filled('\\q', '{"a":"', '"}'),
  'a number in JSON': filled('9', '{"a":0.', '}'),
  'empty lists in JSON': `{"a":[${'[],'.repeat(14_900)}[]]}`,
  'a text of wrong escapes': filled('\\q', 'a: "', '"'),
  'a text of quotes': filled("''", "a: '", "'"),
  'a text of lines': filled('  x\n', 'a: >\n'),
  'a text of blank lines': filled('\n', 'a: |+\n'),
  'a number': filled('9', 'a: 0.'),
  'a key': filled('k', '', ': 1'),
  'a key in JSON': filled('k', '{"', '":1}'),
  'closing brackets': filled('}', '{}'),
  'quotes that do not close': filled('a: "\n'),
  'documents': filled('---\n'),
  'directives': filled('%YAML 1.2\n'),
  'wrong indentation': filled('a: 1\n  b: 1\n'),
  'headers of texts': filled('- |\n'),
  'one key, again and again, in JSON': `{"a":1${',"a":1'.repeat(40_000)}}`,
}; // prettier-ignore
