import fc from 'fast-check';
import type { PlainObject } from '../contract/index.js';
import { type Decoded, decodeDocument } from './index.js';
import { parseJson } from './json-scan.js';
import { MAX_ISSUES } from './limits.js';
import { keyProblem, numberProblem, textProblem } from './scalar-rules.js';

function decode(text: string): Decoded {
  return decodeDocument(new TextEncoder().encode(text), { name: 'x', contentType: 'application/json' });
}

function isAcceptedByJsonParse(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether a value of JSON contains something that a document must not contain. */
function breaksARule(value: unknown): boolean {
  if (typeof value === 'number') return numberProblem(value, JSON.stringify(value)) !== undefined;
  if (typeof value === 'string') return textProblem(value) !== undefined;
  if (typeof value !== 'object' || value === null) return false;
  const keys = Array.isArray(value) ? [] : Object.keys(value);
  return keys.some((key) => keyProblem(key) !== undefined) || Object.values(value).some(breaksARule);
}

const text = fc.string({ unit: 'binary', maxLength: 6 });
const key = fc.oneof({ weight: 9, arbitrary: text }, fc.constantFrom('__proto__', '"', '\\'));
const scalar = fc.oneof(
  { weight: 9, arbitrary: fc.oneof(text, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })) },
  fc.constantFrom(2 ** 53 - 1, 2 ** 53, 1e20, 1e21, '\ud800', true, false, null),
);
const { mapping } = fc.letrec<{ value: unknown; mapping: PlainObject }>((tie) => ({
  value: fc.oneof({ maxDepth: 2 }, scalar, fc.array(tie('value'), { maxLength: 4 }), tie('mapping')),
  // A literal would set the prototype for the key `__proto__`.
  mapping: fc
    .array(fc.tuple(key, tie('value')), { maxLength: 4 })
    .map((members) => Object.fromEntries(members) as PlainObject),
}));
const json = fc
  .tuple(mapping, fc.constantFrom(undefined, 1, '\t'))
  .map(([value, indent]) => JSON.stringify(value, undefined, indent));

/** Each mutation replaces up to three characters at any place. */
const mutations = fc.array(
  fc.record({
    place: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.integer({ min: 0, max: 3 }),
    inserted: fc.oneof(
      // prettier-ignore
      fc.constantFrom(
        '', '{', '}', '[', ']', ',', ':', '"', "'", '\\', '\\u12', '\\ud800', '\n', '\t', '\0', ' ', '\u00a0', '\ufeff', '\u2028', '/', '//',
        '/*', '*/', '#', '-', '+', '.', '0', '01', '1.', '1e5', '1E+', '.5', '0x1', 'e', 'true', 'True', 'null', 'NaN', 'Infinity', '"a":', '"a":1,',
      ),
      text,
    ),
  }),
  { maxLength: 3 },
);
const mutated = fc.tuple(json, mutations).map(([intact, changes]) =>
  changes.reduce((text, { place, removed, inserted }) => {
    const at = Math.floor(place * text.length);
    return text.slice(0, at) + inserted + text.slice(at + removed);
  }, intact),
);

it('the JSON scan accepts every JSON mapping that breaks no rule, with the value that JSON.parse gives', () => {
  const accepted = fc.property(json, (text) => {
    const value = JSON.parse(text) as PlainObject;
    const decoded = decode(text);
    expect(decoded.ok).toBe(!breaksARule(value));
    if (decoded.ok) expect(decoded.value).toStrictEqual(value);
  });
  fc.assert(accepted, { numRuns: 300 });
});

it('the JSON scan accepts exactly the texts that JSON.parse accepts, and never throws for any other text', () => {
  let valid = 0;
  const agreement = fc.property(mutated, (text) => {
    const { isJson, issues } = parseJson(text);
    // The scan ends at the last issue that is listed.
    fc.pre(issues.length < MAX_ISSUES);
    expect(isJson).toBe(isAcceptedByJsonParse(text));
    if (isJson) valid += 1;
    else expect(issues.length).toBeGreaterThan(0);
    expect(decode(text)).toHaveProperty('ok');
  });
  fc.assert(agreement, { numRuns: 1_000 });
  // The comparison is worthless unless there are enough valid and invalid texts.
  expect(valid).toBeGreaterThan(20);
  expect(valid).toBeLessThan(980);
});

it('the JSON scan agrees with JSON.parse on every character of Latin-1 at every place of a text', () => {
  // prettier-ignore
  const places = [
    ['', '{}'], ['{', '"a":1}'], ['{"a', '":1}'], ['{"a\\', '":1}'], ['{"a"', ':1}'], ['{"a":', '1}'], ['{"a":1', '}'], ['{"a":-', '1}'],
    ['{"a":[1', '1]}'], ['{"a":"\\u00a', '"}'], ['{"a":1}', ''],
  ] as const;
  for (const [before, after] of places) {
    for (let code = 0; code < 0x100; code += 1) {
      const text = before + String.fromCharCode(code) + after;
      expect([text, parseJson(text).isJson]).toEqual([text, isAcceptedByJsonParse(text)]);
    }
  }
});
