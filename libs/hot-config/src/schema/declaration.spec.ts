import 'reflect-metadata';
import { jest } from '@jest/globals';
import { IsString } from 'class-validator';
import { z } from 'zod';
import { HotConfigSetupError } from '../contract/index.js';
import {
  defineHotConfig,
  definitionOf,
  HotConfigSchema,
  keyOf,
  requireDefinition,
  Sensitive,
} from './index.js';

@HotConfigSchema('shop')
class ShopConfig {
  @Sensitive()
  @IsString()
  name!: string;
}

describe('a declaration', () => {
  it('has one definition, the same object each time it is looked up', () => {
    expect(definitionOf(ShopConfig)).toBe(requireDefinition(ShopConfig));
    const pricing = defineHotConfig('pricing', z.object({}));
    expect(definitionOf(pricing)).toBe(pricing);
  });

  it('has a key that can be looked up, and a key stands for itself', () => {
    expect([keyOf(ShopConfig), keyOf(defineHotConfig('pricing', z.object({}))), keyOf('other')]).toEqual([
      'shop',
      'pricing',
      'other',
    ]);
  });

  it('is not inherited: a subclass needs a key of its own', () => {
    class Corner extends ShopConfig {}
    expect(definitionOf(Corner)).toBeUndefined();
    expect(() => requireDefinition(Corner)).toThrow(
      /The class Corner .* does not declare one\. Put @HotConfigSchema/,
    );
    expect(() => keyOf(Corner)).toThrow(HotConfigSetupError);
  });

  it('that is undefined, as in a circular import, is an error that names the cause', () => {
    expect(() => keyOf(undefined as never)).toThrow(/import each other/);
    expect(() => requireDefinition(undefined as never)).toThrow(HotConfigSetupError);
  });

  it.each(['', 'a..b', 'a/b', '_own', '__proto__'])('with the key %p is an error at once', (key) => {
    expect(() => HotConfigSchema(key)).toThrow(HotConfigSetupError);
  });

  it.each([
    [{ unknownKey: 'allow' }, 'has no option "unknownKey". Did you mean "unknownKeys"?'],
    [{ sensitive: ['name'] }, 'has no option "sensitive". There are defaults, unknownKeys'],
  ])('with the unknown options %p is an error at once', (options: object, message) => {
    expect(() => HotConfigSchema('shop', options)).toThrow(`@HotConfigSchema('shop') ${message}`);
  });

  it('gives a class one key only', () => {
    expect(() => HotConfigSchema('market')(ShopConfig)).toThrow(/"market".*"shop"/);
  });

  it('is recognized by a second copy of this library, which an application of mixed module systems has', async () => {
    jest.resetModules();
    const copy = await import('./index.js');
    expect(copy.HotConfigSchema).not.toBe(HotConfigSchema);
    expect(copy.definitionOf(ShopConfig)).toBe(definitionOf(ShopConfig));
    @copy.HotConfigSchema('two')
    class Two {
      @copy.Sensitive()
      a = 1;
      @Sensitive()
      b = 2;
    }
    expect(definitionOf(Two)?.isSensitive(new Two(), ['a'])).toBe(true);
    expect(definitionOf(Two)?.isSensitive(new Two(), ['b'])).toBe(true);
  });
});

describe('a class', () => {
  it.each(['class-validator', 'class-transformer'])(
    'without %s installed throws an error that names the package to install',
    async (peer) => {
      jest.resetModules();
      jest.unstable_mockModule(peer, () => {
        throw new Error(`Cannot find package '${peer}'`);
      });
      const copy = await import('./index.js');
      class Bare {}
      copy.HotConfigSchema('bare')(Bare);
      const verdict = copy.requireDefinition(Bare).validate({});
      await expect(verdict).rejects.toMatchObject({ code: 'SETUP', key: 'bare' });
      await expect(verdict).rejects.toThrow(/npm install class-validator class-transformer/);
      jest.unstable_unmockModule(peer);
    },
  );
});
