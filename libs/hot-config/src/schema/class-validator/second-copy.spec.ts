import 'reflect-metadata';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { jest } from '@jest/globals';
import type * as transformer from 'class-transformer';
import { Type } from 'class-transformer';
import { IsInt, IsString, MaxLength as ownMaxLength, ValidateNested } from 'class-validator';
import { HotConfigSchema } from '../index.js';
import { accepted, problemsAtStart, rejected } from '../schema.fixture.js';

class Circle {
  @IsInt()
  radius!: number;
}

describe('a second copy, as a monorepo may have,', () => {
  const require = createRequire(import.meta.url);
  const own = require.resolve('class-transformer');
  const folder = mkdtempSync(join(tmpdir(), 'hot-config-'));
  const copy = join(folder, 'node_modules/class-transformer');
  cpSync(join(dirname(own), '..'), copy, { recursive: true });
  const second = require(join(copy, 'cjs/index.js')) as typeof transformer;
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each<[string, () => PropertyDecorator]>([
    ['@Type', () => second.Type(() => Number)],
    ['@Transform', () => second.Transform(({ value }) => (value as string).trim())],
    ['@Expose', () => second.Expose({ name: 'other_name' })],
  ])(
    'of class-transformer that holds the %s of a class makes startup fail, and the error names both copies and the remedy',
    async (_name, decorator) => {
      @HotConfigSchema('copied')
      class Copied {
        @decorator()
        @IsString()
        name = 'x';
      }
      expect(await problemsAtStart(Copied)).toEqual([
        `the decorators of class-transformer went to another copy of it: the class uses ${join(copy, 'cjs/index.js')}, this library ${own}. Let both use one: the same version everywhere and npm dedupe, or an "overrides" entry`,
      ]);
    },
  );

  it('of class-validator does no harm, because all copies keep their rules in one place', async () => {
    jest.resetModules();
    const { MaxLength } = await import('class-validator');
    expect(MaxLength).not.toBe(ownMaxLength);
    @HotConfigSchema('two-validators')
    class TwoValidators {
      @MaxLength(3)
      @IsString()
      name!: string;
    }
    expect(await accepted(TwoValidators, { name: 'abc' })).toEqual({ name: 'abc' });
    expect(await rejected(TwoValidators, { name: 'abcd' })).toEqual([
      'name: must be shorter than or equal to 3 characters',
    ]);
  });

  it('of class-transformer does no harm where the class does not use it', async () => {
    @HotConfigSchema('not-copied')
    class NotCopied {
      @ValidateNested()
      @Type(() => Circle)
      circle!: Circle;
    }
    expect((await accepted(NotCopied, { circle: { radius: 1 } })).circle).toBeInstanceOf(Circle);
  });
});
