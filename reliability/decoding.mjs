/** Checks the promises that hold for all bytes. */
import assert from 'node:assert/strict';
import { stringify } from 'yaml';
import { leastCpuMs } from './cpu.mjs';

/** @import { decodeDocument } from 'nestjs-hot-config/document' */
/** @typedef {typeof decodeDocument} Decode */
/** @typedef {{ bytes: Uint8Array, contentType: 'application/json' | 'application/yaml' | undefined }} Case */

export const MAX_CPU_MS = 50;

const NAME = 'x.yaml';
const WHOLE =
  /^x\.yaml (?:has \d+ bytes; the limit is \d+|is empty|contains only comments|contains a list|contains a single value)/;
/** The YAML library writes these characters into plain texts, where YAML does not allow them. */
const UNWRITABLE = /[\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]/;
const UNPAIRED_SURROGATE = /\p{Surrogate}/u;
const TOO_LONG = /^too long for YAML|^x\.yaml has \d+ bytes; the limit is/;

const prototypes = [Object, Array, String, Number, Boolean, Function, Map, Set].map(
  ({ prototype }) => prototype,
);
const untouched = JSON.stringify(prototypes.map((prototype) => Object.getOwnPropertyNames(prototype)));

/** @typedef {{ accepted: boolean, cpuMs: number, peakRssMb: number }} Checked */

/**
 * @param {Decode} decode
 * @param {Case} given
 * @returns {Checked}
 */
export function checkDecoding(decode, { bytes, contentType }) {
  const options = { name: NAME, contentType };
  /** @type {ReturnType<Decode> | undefined} */
  let decoded;
  const cpuMs = leastCpuMs(() => (decoded = decode(bytes, options)), MAX_CPU_MS);
  assert(decoded);
  assert(cpuMs <= MAX_CPU_MS, `took ${cpuMs.toFixed(0)} ms of processor time`);
  if (decoded.ok) {
    checkPlain(decoded.value);
    checkRoundTrip(decode, decoded);
  } else {
    checkIssues(decoded.issues, bytes);
  }
  assert.equal(
    JSON.stringify(prototypes.map((prototype) => Object.getOwnPropertyNames(prototype))),
    untouched,
  );
  return { accepted: decoded.ok, cpuMs, peakRssMb: process.resourceUsage().maxRSS / 1024 };
}

/**
 * The value is a tree of plain data: no part of it occurs twice.
 *
 * @param {unknown} root
 */
function checkPlain(root) {
  const seen = new Set();
  const visit = (/** @type {unknown} */ value, /** @type {number} */ depth) => {
    if (typeof value === 'number') assert(Number.isFinite(value));
    else if (typeof value === 'string')
      assert(!UNPAIRED_SURROGATE.test(value), 'a string with an unpaired surrogate');
    else if (typeof value === 'object' && value !== null) {
      assert(depth <= 64, 'too deep');
      assert(!seen.has(value), 'not a tree');
      seen.add(value);
      const list = Array.isArray(value);
      assert.equal(Object.getPrototypeOf(value), list ? Array.prototype : Object.prototype);
      const names = Object.keys(value);
      assert.equal(Reflect.ownKeys(value).length, names.length + (list ? 1 : 0));
      for (const name of list ? [] : names) {
        assert(!['__proto__', 'constructor', 'prototype'].includes(name));
        assert(!UNPAIRED_SURROGATE.test(name), 'a key with an unpaired surrogate');
      }
      for (const member of Object.values(value)) visit(member, depth + 1);
    } else assert(typeof value === 'boolean' || value === null);
  };
  visit(root, 1);
}

/**
 * @param {Decode} decode
 * @param {Extract<ReturnType<Decode>, { ok: true }>} decoded
 */
function checkRoundTrip(decode, { value, digest }) {
  const json = JSON.stringify(value);
  const bytesOf = (/** @type {string} */ text) => new TextEncoder().encode(text);
  const check = (/** @type {string} */ text, /** @type {Case['contentType']} */ contentType) => {
    const again = decode(bytesOf(text), { name: NAME, contentType });
    // The rewritten text may exceed the limits: aliases are written out, and another form of a text can be longer.
    if (!again.ok && text.length > 5_000 && again.issues.every(({ message }) => TOO_LONG.test(message)))
      return;
    assert(again.ok, `rejected when written again:\n${JSON.stringify(again)}`);
    assert.equal(again.digest, digest);
    assert.equal(JSON.stringify(again.value), json);
  };
  check(json, 'application/json');
  check(json, undefined);
  if (!UNWRITABLE.test(json)) check(stringify(value, { defaultKeyType: 'QUOTE_DOUBLE' }), 'application/yaml');
}

/**
 * Checks the issues: there is at least one, and each has a place in the text, or is about the whole document and names it.
 *
 * @param {readonly { message: string, line?: number, column?: number }[]} issues
 * @param {Uint8Array} bytes
 */
function checkIssues(issues, bytes) {
  assert(issues.length >= 1 && issues.length <= 20);
  const lines = new TextDecoder().decode(bytes).split('\n').length;
  for (const { message, line, column } of issues) {
    assert(message.length > 5 && message.length < 300, `a message of ${message.length} characters`);
    if (line === undefined) assert.match(message, WHOLE);
    else
      assert(
        line >= 1 && line <= lines && column !== undefined && column >= 1,
        'a place outside of the text',
      );
  }
}
