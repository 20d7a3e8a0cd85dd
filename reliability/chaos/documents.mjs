/** @typedef {'good' | 'prepare-slow' | 'notify-slow' | 'notify-throws' | 'notify-hangs'} GoodKind */
/** @typedef {'unparsable' | 'unparsable-at-the-secret' | 'empty'} UnparsableKind the loader does not publish it */
/** @typedef {'wrong-type' | 'wrong-secret' | 'unknown-key'} InvalidKind the loader publishes it, and the schema rejects it */
/** @typedef {'prepare-throws' | 'prepare-hangs'} VetoedKind the schema accepts it, and a hook rejects it */
/** @typedef {GoodKind | UnparsableKind | InvalidKind | VetoedKind} DocumentKind */
/** @typedef {'good' | 'unparsable' | 'invalid' | 'vetoed'} Outcome */

/** Part of every password, without a digit. A log or an answer that contains it has leaked a password. */
export const SECRET = 'Xswordfish';

/** @type {Record<DocumentKind, Outcome>} */
const outcomes = {
  good: 'good',
  'prepare-slow': 'good',
  'notify-slow': 'good',
  'notify-throws': 'good',
  'notify-hangs': 'good',
  unparsable: 'unparsable',
  'unparsable-at-the-secret': 'unparsable',
  empty: 'unparsable',
  'wrong-type': 'invalid',
  'wrong-secret': 'invalid',
  'unknown-key': 'invalid',
  'prepare-throws': 'vetoed',
  'prepare-hangs': 'vetoed',
};

/** @param {DocumentKind} kind */
export function outcomeOf(kind) {
  return outcomes[kind];
}

/**
 * The text of a document. Every part depends on the number, so that a value mixed from two documents is recognized.
 *
 * @param {string} key
 * @param {DocumentKind} kind
 * @param {number} number
 */
export function documentText(key, kind, number) {
  if (kind === 'empty') return '\n';
  const { level, format, x, y } = switchesOf(number);
  const url = `postgres://user${number}:${SECRET}${number}@localhost:5432/database${number}`;
  const host = kind === 'wrong-secret' ? `no address ${SECRET}${number}` : url;
  const quote = kind === 'unparsable-at-the-secret' ? '"' : '';
  const head = [`# document ${number} of ${key}`, 'database:', `  host: ${quote}${host}`];
  const switches = [
    `logging:`,
    `  level: ${level}`,
    `  format: ${format}`,
    `features:`,
    `  enable_feature_x: ${kind === 'wrong-type' ? 'perhaps' : x}`,
    `  enable_feature_y: ${y}`,
  ];
  const marks = key === 'hooked' || key === 'steady' ? [...hooksOf(key, kind), ...markersOf(number)] : [];
  const faults = kind === 'unknown-key' ? ['loging:', '  level: INFO'] : [];
  if (kind === 'unparsable') faults.push('features: {enable_feature_x: [true', '\tand: no end');
  return `${[...head, ...marks, ...faults, ...switches].join('\n')}\n`;
}

/** The part of a document of this number that is not redacted. @param {number} number */
export function switchesOf(number) {
  return {
    level: /** @type {const} */ (['INFO', 'WARN', 'ERROR', 'DEBUG'])[number % 4],
    format: number % 3 === 0 ? 'json' : 'text',
    x: number % 2 === 0,
    y: Math.floor(number / 2) % 2 === 0,
  };
}

/** @param {string} key @param {DocumentKind} kind */
function hooksOf(key, kind) {
  if (key !== 'hooked') return [];
  const [when, what] = kind.split('-');
  const how = (/** @type {string} */ hook) => (when === hook ? what : 'passes');
  return ['hooks:', `  prepare: ${how('prepare')}`, `  notify: ${how('notify')}`];
}

/** @param {number} number */
function markersOf(number) {
  const list = Array.from({ length: 50 }, () => `    - ${number}`);
  return [`marker: ${number}`, 'nested:', `  marker: ${number}`, '  list:', ...list];
}
