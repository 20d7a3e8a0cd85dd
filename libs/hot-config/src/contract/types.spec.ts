import { z } from 'zod';
import type { DeepReadonly, HotConfigPath } from './index.js';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Compiles only when both types are the same. */
function same<A, B>(
  ..._: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? [] : [never]
): true {
  return true;
}

describe('DeepReadonly', () => {
  it('leaves a branded text, number or list unchanged', () => {
    const schema = z.object({ id: z.string().brand('Id'), port: z.int().brand('Port') });
    const { id, port } = schema.parse({ id: 'a', port: 1 }) as DeepReadonly<z.infer<typeof schema>>;
    const [text, number]: [string, number] = [id, port];
    expect([text, number]).toEqual(['a', 1]);
    const list = z.array(z.string()).brand('Hosts');
    const hosts = list.parse(['a']) as DeepReadonly<z.infer<typeof list>>;
    const branded: Readonly<z.infer<typeof list>> = hosts;
    expect(branded).toEqual(['a']);
  });

  it('is accepted where JSON is required, also for lists of JSON', () => {
    const free = { list: [1, { deep: ['a'] }] } as DeepReadonly<{ list: Json }>;
    const list = free.list as readonly DeepReadonly<Json>[];
    expect(list).toHaveLength(2);
    // @ts-expect-error -- the list is read-only too
    const writable: Json[] = free.list as DeepReadonly<Json[]>;
    expect(writable).toBe(free.list);
  });

  it('keeps the positions of a tuple, also of a tuple of any length', () => {
    const { ports } = { ports: ['http', 80, 81] } as DeepReadonly<{ ports: [string, ...number[]] }>;
    const name: string = ports[0];
    const { hosts } = { hosts: ['a'] } as DeepReadonly<{ hosts: readonly [string, ...string[]] }>;
    const first: string = hosts[0];
    const { pair } = { pair: [] } as DeepReadonly<{ pair: [string?, ...number[]] }>;
    const perhaps: string | undefined = pair[0];
    expect([name, first, perhaps]).toEqual(['http', 'a', undefined]);
  });

  it('keeps the positions of a tuple, and makes lists, Maps and Sets read-only', () => {
    expect(same<DeepReadonly<[string, { a: number }]>, readonly [string, { readonly a: number }]>()).toBe(
      true,
    );
    expect(same<DeepReadonly<Map<string, { a: 1 }>>, ReadonlyMap<string, { readonly a: 1 }>>()).toBe(true);
    const list: readonly { readonly a: number }[] = [{ a: 1 }] as DeepReadonly<{ a: number }[]>;
    expect(list).toHaveLength(1);
  });
});

describe('HotConfigPath', () => {
  it('leads into a Map, by any name', () => {
    const paths: HotConfigPath<{ byName: Map<string, { port: number }> }>[] = ['byName', 'byName.east.port'];
    // @ts-expect-error -- there is no such property
    paths.push('byname');
    const numbered: HotConfigPath<{ byId: Map<number, string> }>[] = ['byId'];
    // @ts-expect-error -- a number is no name of a member
    numbered.push('byId.size');
    expect([...paths, ...numbered]).toHaveLength(5);
  });

  it('is any path below a value of unknown type', () => {
    const paths: HotConfigPath<{ free: unknown; name: string }>[] = ['free', 'free.a.b', 'name'];
    // @ts-expect-error -- a text has no properties that a document could change
    paths.push('name.length');
    expect(paths).toHaveLength(4);
  });
});
