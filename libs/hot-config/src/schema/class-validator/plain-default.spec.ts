import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';
import { HotConfigSchema } from '../index.js';
import { accepted, rejected } from '../schema.fixture.js';

class Pool {
  @IsInt()
  size = 10;
}

class Database {
  @IsString()
  host!: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => Pool)
  pool?: Pool;
}

const SHARED = [{ host: 'shared' }];

@HotConfigSchema('defaults')
class Defaults {
  @ValidateNested()
  @Type(() => Database)
  main: Database = { host: 'localhost', pool: { size: 5 } };

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => Database)
  replicas: Database[] = SHARED;
}

describe('a default that is a plain object', () => {
  it('becomes an instance, also in a list and below another instance', async () => {
    const { main, replicas } = await accepted(Defaults, {});
    expect(main).toEqual({ host: 'localhost', pool: { size: 5 } });
    expect([main, main.pool, replicas[0]].map((value) => value?.constructor)).toEqual([
      Database,
      Pool,
      Database,
    ]);
    expect(SHARED[0]).not.toBeInstanceOf(Database);
  });

  it('becomes an instance also in a Map and a Set', async () => {
    @HotConfigSchema('collections')
    class Collections {
      @ValidateNested()
      @Type(() => Pool)
      byName: Map<string, Pool> = new Map([['a', { size: 1 }]]);

      @ValidateNested({ each: true })
      @Type(() => Pool)
      all: Set<Pool> = new Set([{ size: 2 }]);
    }
    const { byName, all } = await accepted(Collections, {});
    expect([byName, all]).toEqual([new Map([['a', { size: 1 }]]), new Set([{ size: 2 }])]);
    expect([byName.get('a'), ...all].map((value) => value?.constructor)).toEqual([Pool, Pool]);
  });

  it('is not mixed with the object of the document', async () => {
    const { main, replicas } = await accepted(Defaults, { main: { host: 'a' }, replicas: [] });
    expect([main, replicas]).toEqual([{ host: 'a' }, []]);
  });

  it('must obey the rules of its class', async () => {
    @HotConfigSchema('wrong')
    class Wrong {
      @ValidateNested()
      @Type(() => Database)
      main = { host: 5, prot: 1 };
    }
    expect(await rejected(Wrong, {})).toEqual([
      'main.host: must be a string',
      'main.prot: unknown key "prot"; did you mean "pool"?',
    ]);
  });
});
