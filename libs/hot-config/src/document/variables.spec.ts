import type { HotConfigIssue, PlainObject } from '../contract/index.js';
import { substituteVariables, type Variables } from './index.js';

const variables: Variables = {
  HOST: 'db.example',
  PORT: '5432',
  EMPTY: '',
  UNSET: undefined,
  NESTED: '${HOST}',
};

function valueOf(document: PlainObject): PlainObject {
  const substituted = substituteVariables(document, variables);
  if (!substituted.ok) throw new Error(`was rejected: ${JSON.stringify(substituted.issues)}`);
  return substituted.value;
}

function issuesOf(document: PlainObject): readonly HotConfigIssue[] {
  const substituted = substituteVariables(document, variables);
  if (substituted.ok) throw new Error('was accepted');
  return substituted.issues;
}

it('variables are put into texts at any depth, and nothing else is changed', () => {
  const document = {
    a: 'pg://${HOST}:${PORT}/x',
    b: [{ c: '${HOST}' }, 1, true, null],
    d: 'HOST $HOST {HOST}',
  };
  expect(valueOf(document)).toStrictEqual({
    a: 'pg://db.example:5432/x',
    b: [{ c: 'db.example' }, 1, true, null],
    d: 'HOST $HOST {HOST}',
  });
});

it('a variable gives a text even when it looks like a number', () => {
  expect(valueOf({ port: '${PORT}' })).toStrictEqual({ port: '5432' });
});

it('variables change neither keys nor the text of another variable that looks like a reference', () => {
  expect(valueOf({ '${HOST}': '${NESTED}' })).toStrictEqual({ '${HOST}': '${HOST}' });
});

it('an empty variable is accepted', () => {
  expect(valueOf({ a: '[${EMPTY}]' })).toStrictEqual({ a: '[]' });
});

it('$${ is read as the text ${', () => {
  expect(valueOf({ a: '$${HOST} $${ $$', b: '$$${HOST}' })).toStrictEqual({
    a: '${HOST} ${ $$',
    b: '$${HOST}',
  });
});

describe('fault: a missing `${VAR}`', () => {
  it('is rejected with one issue for each reference, which names the variable and the path', () => {
    expect(issuesOf({ a: '${MISSING}', b: ['x', { c: '${HOST}${UNSET}' }] })).toEqual([
      { path: 'a', message: 'the variable MISSING is not set' },
      { path: 'b.1.c', message: 'the variable UNSET is not set' },
    ]);
  });

  it('is rejected although every object has an inherited property of that name', () => {
    expect(issuesOf({ a: '${toString}', b: '${__proto__}' })).toHaveLength(2);
  });

  it.each(['${', '${}', '${HOST', '${HOST:-x}', '${ HOST }', '${1}', '${a-b}', '${${HOST}}'])(
    'is rejected when a text begins like a reference but is not a reference: %s',
    (text) => {
      expect(issuesOf({ a: text })[0]).toEqual({
        path: 'a',
        message: expect.stringContaining('write "$${"') as string,
      });
    },
  );

  it('gives at most 20 issues, which do not show the text of a variable', () => {
    const issues = issuesOf({ list: Array.from({ length: 50 }, () => '${HOST} ${MISSING} ${') });
    expect(issues).toHaveLength(20);
    expect(JSON.stringify(issues)).not.toContain('db.example');
  });
});

it('a document that long variables make longer than 256 KiB is rejected', () => {
  const long = { LONG: 'x'.repeat(100_000) };
  expect(substituteVariables({ a: '${LONG}${LONG}' }, long).ok).toBe(true);
  const substituted = substituteVariables({ a: '${LONG}'.repeat(10_000) }, long);
  expect(substituted).toMatchObject({
    ok: false,
    issues: [{ path: 'a', message: expect.stringContaining('262,144 characters') as string }],
  });
});
