import type { PlainObject } from '../../contract/index.js';
import { withRestartOnlyOf } from './restart-only.js';

const port = (path: readonly string[]): boolean => path.at(-1) === 'port';
const kept = (boot: PlainObject, document: PlainObject): PlainObject =>
  withRestartOnlyOf(boot, document, port);

describe('restart-only properties', () => {
  it('are kept from the first document, while the rest comes from the new document', () => {
    expect(kept({ a: { port: 1, name: 'x' } }, { a: { port: 2, name: 'y' }, b: 1 })).toEqual({
      a: { port: 1, name: 'y' },
      b: 1,
    });
  });

  it.each<[string, PlainObject, PlainObject]>([
    ['is a list', { a: [{ port: 1, name: 'x' }] }, { a: [{ port: 2, name: 'y' }] }],
    ['is a list with another member', { a: [{ port: 1 }] }, { a: [{ port: 1 }, { port: 2 }] }],
    ['is a list with one member less', { a: [{ port: 1 }, { port: 2 }] }, { a: [{ port: 2 }] }],
    ['is a list of lists', { a: [[{ port: 1 }]] }, { a: [[{ port: 2 }]] }],
    ['becomes a list', { a: 'none' }, { a: [{ port: 2 }] }],
    ['becomes an object', { a: null }, { a: { port: 2 } }],
    ['was an object', { a: { port: 2 } }, { a: 'none' }],
  ])('are kept together with the whole value that holds them when that value %s', (_what, boot, document) => {
    expect(kept(boot, document)).toEqual(boot);
  });

  it.each<[string, PlainObject, PlainObject]>([
    ['members differ in other properties', { a: [{ port: 1, name: 'x' }] }, { a: [{ port: 1, name: 'y' }] }],
    ['members without such a property are added', { a: [] }, { a: [{ name: 'y' }] }],
    ['an object without such a property is replaced by a scalar', { a: { name: 'x' } }, { a: 1 }],
  ])('are not kept where %s', (_what, boot, document) => {
    expect(kept(boot, document)).toEqual(document);
  });
});
