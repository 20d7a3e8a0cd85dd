/** Generates documents as an operator, an editor, a crash or an attacker may leave them: texts of every kind, with damaged bytes. */
import fc from 'fast-check';
import { stringify } from 'yaml';

/** @import { Case } from './decoding.mjs' */

/** Longer than a document may be, so that some documents exceed the limit. */
const LARGE = 300 * 1024;

/** Names and texts that a parser, a prototype or a terminal treats specially. */
// prettier-ignore
const ODD = [
  '', ' ', '~', 'null', 'true', 'no', '1', '1.0', '-0', '0x10', '.nan', '<<', '=', '@', '`', '%', '!t', '&a', '*a', '- a', '? a',
  'a: b', 'a #b', '#', '---', '...', '{', '[', ']', ',', '"', "'", '\\', '\n', '\r\n', '\t', 'a\n b\n\n', '\0', '\u0007', '\u001b[2J',
  '\u0085', '\u2028', '\ufeff', '\uffff', '\ud800', 'é', '😀', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty',
  '${HOME}', 'x'.repeat(1025),
];

// prettier-ignore
const NUMBERS = [
  0, -0, 1, -1, 0.1, 1e-7, 5e-324, 2 ** 31, 2 ** 53 - 1, 2 ** 53, -(2 ** 53) - 2, 1e20, 1e21, 1.5e300, Number.MAX_VALUE, NaN, Infinity,
];

/** Pieces of YAML and JSON, which are put together at random. */
// prettier-ignore
const PIECES = [
  ...ODD, '1e400', '9007199254740993', '00', '+1', '0o17', '1_000', '1.', '-', '.inf', '-1.5e3', `1${'0'.repeat(400)}`, 'a', 'b:', 'c: ',
  '- ', '? ', ': ', '\n', '\n  ', '\n    ', ' # x\n', '}', ', ', '"q"', "'q'", '&x ', '*x', '*x : ', '<<: *x\n', '<<: [*x, *x]\n', '|\n',
  '>-\n', '|2+\n', '---\n', '...\n', '!!str ', '!!int ', '!!binary ', '!!set ', '! ', '!<tag:x,2000:y> ', '%YAML 1.2\n', '%YAML 1.1\n',
  '%TAG ! x\n', '\\n', '\\u0041', '\\q', '\r', '"a": ', '"a": 1, ', '// x\n', '/* x */',
];

const text = fc.oneof(
  fc.constantFrom(...ODD),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const name = fc.oneof({ weight: 9, arbitrary: fc.string({ minLength: 1, maxLength: 8 }) }, text);
const scalar = fc.oneof(
  { weight: 3, arbitrary: fc.string() },
  { weight: 3, arbitrary: fc.integer() },
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(...NUMBERS),
  fc.boolean(),
  fc.constant(null),
  text,
);

/** @type {fc.Memo<unknown>} */
const tree = fc.memo((depth) => (depth <= 1 ? scalar : fc.oneof(scalar, list(depth), mapping(depth))));
/** @param {number} depth */
const list = (depth) => fc.array(tree(depth - 1), { maxLength: 5 });
/**
 * Built from entries, because a literal would set the prototype for the key `__proto__`.
 *
 * @param {number} depth
 */
const mapping = (depth) =>
  fc.array(fc.tuple(name, tree(depth - 1)), { maxLength: 5 }).map((members) => Object.fromEntries(members));

const value = fc.oneof({ weight: 5, arbitrary: mapping(5) }, tree(4));

const json = fc
  .tuple(value, fc.constantFrom(undefined, 2, '\t'))
  .map(([value, indent]) => JSON.stringify(value, undefined, indent));

const yaml = fc
  .record({
    value,
    collectionStyle: fc.constantFrom('any', 'block', 'flow'),
    defaultStringType: fc.constantFrom(
      'PLAIN',
      'QUOTE_DOUBLE',
      'QUOTE_SINGLE',
      'BLOCK_FOLDED',
      'BLOCK_LITERAL',
    ),
    indent: fc.integer({ min: 1, max: 8 }),
    lineWidth: fc.constantFrom(0, 20, 80),
    lineEnd: fc.constantFrom('\n', '\r\n'),
  })
  .map(({ value, lineEnd, ...style }) => stringify(value, style).replaceAll('\n', lineEnd));

const patchwork = fc
  .array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...PIECES) }, json, yaml), { maxLength: 16 })
  .map((pieces) => pieces.join(''));

const HEADS = [
  '',
  'a:',
  'a: ',
  'a: "',
  "a: '",
  'a: |\n',
  'a: >\n',
  'a: [',
  '{"a":',
  '{"a":[',
  'a: &a ',
  '- ',
];
const TAILS = ['', '\n', '"', "'", ']', '}', ']}', ' b'];

/** A small text that is repeated. */
const repeated = fc
  .record({
    head: fc.constantFrom(...HEADS),
    unit: fc
      .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 3 })
      .map((pieces) => pieces.join('') || ' '),
    length: fc.integer({ min: 1, max: LARGE }),
    tail: fc.constantFrom(...TAILS),
  })
  .map(({ head, unit, length, tail }) => head + unit.repeat(Math.ceil(length / unit.length)) + tail);

const nested = fc
  .tuple(
    fc.constantFrom(
      ['[', ']'],
      ['{a: ', '}'],
      ['{"a":', '}'],
      ['- ', ''],
      ['? ', ''],
      ['- ? ', ''],
      ['[{"a":', '}]'],
    ),
    fc.integer({ min: 50, max: 20_000 }),
    fc.boolean(),
  )
  .map(
    ([[open = '', close = ''], depth, closed]) =>
      `${open.repeat(depth)}1${closed ? close.repeat(depth) : ''}`,
  );

const indented = fc
  .tuple(fc.constantFrom('a:', '- a:', '-'), fc.integer({ min: 50, max: 500 }))
  .map(([line, depth]) =>
    Array.from({ length: depth }, (_, level) => ' '.repeat(2 * level) + line).join('\n'),
  );

/** Aliases of aliases, of a list, a mapping, a merge or a text, and sometimes a cycle. */
const bomb = fc
  .record({
    kind: fc.constantFrom('list', 'mapping', 'merge', 'text'),
    levels: fc.integer({ min: 1, max: 12 }),
    width: fc.integer({ min: 1, max: 3_000 }),
    cycle: fc.integer({ min: 1, max: 20 }),
  })
  .map(({ kind, levels, width, cycle }) => {
    const keys = Array.from({ length: width }, (_, index) => `k${index}: 1`).join(', ');
    const repeats = {
      list: `[${'x,'.repeat(width)}]`,
      text: 'x'.repeat(width * 80),
      mapping: `{${keys}}`,
      merge: `{${keys}}`,
    };
    const lines = [`a0: &a0 ${repeats[kind]}`];
    for (let level = 1; level < levels; level += 1) {
      const alias = `*a${level === cycle ? level : level - 1},`;
      const aliases = alias.repeat(kind === 'merge' ? 9 : Math.min(width, 200));
      lines.push(`a${level}: &a${level} ${kind === 'merge' ? `{<<: [${aliases}]}` : `[${aliases}]`}`);
    }
    return lines.join('\n');
  });

/** @type {((index: number) => string)[]} */
const LINES = [
  (i) => `k${i}: ${i}\n`,
  (i) => `k${i}: &a${i} !!str x # c\n`,
  (i) => `k${i}:\n  name: "x ${i}"\n  list: [1, 2]\n`,
  (i) => `"k${i}": 'x'\r\n`,
  (i) => `${i === 0 ? 'a: &a x\n' : ''}k${i}: *a\n`,
  (i) => `${i === 0 ? '{' : ','}"k${i}": [${i}, {"b": "x"}]`,
  (i) => `${i === 0 ? '{' : ','}"k${i}": ${i}`,
];

/** About as many values as a document may hold, or more. */
const many = fc
  .tuple(fc.constantFrom(...LINES), fc.integer({ min: 500, max: 25_000 }), fc.constantFrom('', '}'))
  .map(([line, count, tail]) => Array.from({ length: count }, (_, index) => line(index)).join('') + tail);

const small = fc.oneof(json, yaml, patchwork);
const large = fc.oneof(repeated, nested, indented, bomb, many);

/** Byte order marks, bytes that are not UTF-8, control characters, and marks of the syntax. */
// prettier-ignore
const INSERTED = [
  [0xef, 0xbb, 0xbf], [0xff, 0xfe], [0], [0x80], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0xaf], [0x0d],
  [0x0a], [0x09], [0x20], [0x22], [0x5b], [0x7d], [0x3a],
];

/** @typedef {(before: Uint8Array, at: Uint8Array, after: Uint8Array) => Uint8Array[]} Mutation of the bytes before, at and after a place */

/** @type {Record<string, Mutation>} */
const MUTATIONS = {
  truncate: (before) => [before],
  cut: (before, _, after) => [before, after],
  repeat: (before, at, after) => [before, at, at, after],
  flip: (before, at, after) => [before, at.map((byte, index) => (index === 0 ? byte ^ 0x20 : byte)), after],
  flipHigh: (before, at, after) => [
    before,
    at.map((byte, index) => (index === 0 ? byte ^ 0x80 : byte)),
    after,
  ],
};

/** @type {(bytes: number[]) => Mutation} */
const inserting = (bytes) => (before, at, after) => [before, Buffer.from(bytes), at, after];
/** @type {(other: string) => Mutation} */
const splicing = (other) => (before) => [before, Buffer.from(other)];

const mutation = fc.record({
  change: fc.oneof(
    fc.constantFrom(...Object.values(MUTATIONS)),
    fc.constantFrom(...INSERTED).map(inserting),
    small.map(splicing),
  ),
  /** As a fraction of the length. */
  place: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 40 }),
});

const encoded = fc
  .tuple(
    fc.oneof({ weight: 20, arbitrary: small }, large),
    fc.oneof({ weight: 40, arbitrary: fc.constant('utf8') }, fc.constant('utf16le')),
  )
  .map(([text, encoding]) => Buffer.from(text, encoding));

/** @type {fc.Arbitrary<Case>} */
export const documents = fc.record({
  bytes: fc
    .tuple(encoded, fc.oneof(fc.constant([]), fc.array(mutation, { maxLength: 4 })))
    .map(([intact, mutations]) =>
      mutations.reduce((bytes, { change, place, length }) => {
        const from = Math.floor(place * bytes.length);
        return Buffer.concat(
          change(bytes.subarray(0, from), bytes.subarray(from, from + length), bytes.subarray(from + length)),
        );
      }, intact),
    ),
  contentType: fc.constantFrom('application/json', 'application/yaml', undefined),
});
