import 'reflect-metadata';
import { Allow, IsInt, IsString, MaxLength, ValidateNested } from 'class-validator';
import { HotConfigSchema, requireDefinition, RestartRequired, Sensitive } from '../index.js';
import { DatabaseConfig } from '../schema.fixture.js';
import { accepted, problemsAtStart, rawIssues } from '../schema.fixture.js';
import { intersection, mapped } from './mapped-types.fixture.js';

class Full {
  @IsString()
  name!: string;

  @Sensitive()
  @IsString()
  token!: string;

  @IsString()
  @Sensitive()
  pin = '0000';

  @RestartRequired()
  @IsInt()
  port = 80;

  @ValidateNested()
  database!: DatabaseConfig;

  @Sensitive()
  @ValidateNested()
  backup!: DatabaseConfig;
}

class Bare {
  @IsString()
  name!: string;

  @Sensitive()
  secret?: string;
}

interface Marks {
  readonly isSensitive: (path: string) => boolean;
  readonly needsRestart: (path: string) => boolean;
}

function marksOf(type: new () => object): Marks {
  class Config extends type {}
  HotConfigSchema('mapped')(Config);
  const definition = requireDefinition(Config);
  return {
    isSensitive: (path) => definition.isSensitive({}, path.split('.')),
    needsRestart: (path) => definition.needsRestart({}, path.split('.')),
  };
}

describe('a class of mapped types', () => {
  const picked = ['token', 'pin', 'port', 'database', 'backup'];

  it.each([
    ['PickType', mapped(Full, (name) => picked.includes(name))],
    ['OmitType', mapped(Full, (name) => name !== 'name')],
    ['IntersectionType', intersection(Bare, Full)],
    [
      'PickType of OmitType',
      mapped(
        mapped(Full, (name) => name !== 'name'),
        () => true,
      ),
    ],
  ])('built by %s keeps the marks of the properties that it copies', (_name, type) => {
    const { isSensitive, needsRestart } = marksOf(type);
    expect(['token', 'pin', 'backup', 'backup.pool', 'database.url'].map(isSensitive)).toEqual(
      Array(5).fill(true),
    );
    expect(needsRestart('port')).toBe(true);
    expect(['name', 'port', 'database', 'database.pool'].map(isSensitive)).toEqual(Array(4).fill(false));
    expect(['token', 'database'].map(needsRestart)).toEqual([false, false]);
  });

  it('has no mark for a property that it leaves out and declares again', () => {
    class Other extends mapped(Full, (name) => name !== 'token') {
      @IsString()
      token!: string;
    }
    expect(marksOf(Other).isSensitive('token')).toBe(false);
  });

  it('keeps a mark when its own rules are added to the copied rules', () => {
    class Short extends mapped(Full, () => true) {
      @MaxLength(5)
      declare token: string;
    }
    expect(marksOf(Short).isSensitive('token')).toBe(true);
  });
});

describe('a mark in a subclass', () => {
  class Base {
    @IsString()
    @MaxLength(5)
    token!: string;
  }

  @HotConfigSchema('marked-later')
  class MarkedLater extends Base {
    @Sensitive()
    @RestartRequired()
    declare token: string;
  }

  it('leaves the rules of the base class in force', async () => {
    expect(await rawIssues(MarkedLater, { token: 'too-long' })).toEqual([
      'token: must be shorter than or equal to 5 characters',
    ]);
    expect(requireDefinition(MarkedLater).isSensitive({}, ['token'])).toBe(true);
    expect(requireDefinition(MarkedLater).needsRestart({}, ['token'])).toBe(true);
    HotConfigSchema('unmarked')(Base);
    expect(requireDefinition(Base).isSensitive({}, ['token'])).toBe(false);
  });
});

it('a mark in a subclass leaves an @Allow of the base class in force', async () => {
  class Open {
    @Allow()
    any: unknown;
  }
  @HotConfigSchema('allowed')
  class Marked extends Open {
    @Sensitive()
    declare any: unknown;
  }
  expect(await accepted(Marked, { any: 1 })).toEqual({ any: 1 });
});

describe('a property with a mark and no rule', () => {
  it.each(['reject', 'allow'] as const)('makes startup fail, with unknownKeys %p', async (unknownKeys) => {
    class Config extends Bare {
      @Sensitive()
      initial = 'x';
    }
    HotConfigSchema('bare', { unknownKeys })(Config);
    expect(await problemsAtStart(Config)).toEqual(
      ['initial', 'secret'].map(
        (name) => `Config.${name}: no validation decorator checks it; give it one, @Allow() at least`,
      ),
    );
  });
});
