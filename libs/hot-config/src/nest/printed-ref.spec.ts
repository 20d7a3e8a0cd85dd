import 'reflect-metadata';
import { inspect } from 'node:util';
import { Logger, type LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { instanceToPlain, Type } from 'class-transformer';
import { IsInt, IsString, ValidateNested } from 'class-validator';
import { HotConfigSchema, Sensitive } from '../schema/index.js';
import { createHotConfigRef, HotConfigTestingModule } from '../testing/index.js';
import { HotConfigModule, type HotConfigRef, HotConfigService } from './index.js';

class AccountConfig {
  @IsString()
  user!: string;

  @Sensitive()
  @IsString()
  password!: string;

  @IsInt()
  pool = 10;
}

@HotConfigSchema('shop')
class ShopConfig {
  @IsString()
  name!: string;

  @ValidateNested()
  @Type(() => AccountConfig)
  account!: AccountConfig;
}

const silent: LoggerService = { log: () => undefined, warn: () => undefined, error: () => undefined };
const PASSWORD = 'hunter2-and-more';

describe('printing a ref', () => {
  let module: TestingModule;
  let ref: HotConfigRef<ShopConfig>;

  beforeEach(async () => {
    const shop = { name: 'corner', account: { user: 'app', password: PASSWORD } };
    module = await Test.createTestingModule({
      imports: [HotConfigTestingModule.forRoot({ shop }), HotConfigModule.forFeature([ShopConfig])],
    })
      .setLogger(silent)
      .compile();
    Logger.overrideLogger(silent);
    ref = module.get(HotConfigService).ref(ShopConfig);
  });
  afterEach(() => module.close());

  /** The ref as JSON, as a logger prints it, and as Nest's class serializer writes it. */
  const printed = (shown: HotConfigRef<unknown>): string[] => [
    JSON.stringify({ shown }),
    inspect({ shown }, { depth: null }),
    inspect(shown, { depth: null, showHidden: false }),
    JSON.stringify(instanceToPlain({ shown })),
  ];

  it('shows its key, revision, state and value, without sensitive values', () => {
    const value = { name: 'corner', account: { user: 'app', password: '[redacted]', pool: 10 } };
    expect(JSON.parse(JSON.stringify(ref))).toEqual({ key: 'shop', revision: 1, state: 'live', value });
    expect(inspect(ref, { depth: null })).toBe(inspect(ref.toJSON(), { depth: null }));
    for (const text of printed(ref)) expect(text).not.toContain(PASSWORD);
  });

  it.each<[string, (shop: ShopConfig) => unknown, unknown]>([
    ['a property', ({ name }) => name, 'corner'],
    ['a branch', ({ account }) => account, { user: 'app', password: '[redacted]', pool: 10 }],
    ['a sensitive property', ({ account }) => account.password, undefined],
    [
      'an object built of both',
      ({ account: { user, password } }) => ({ user, password: [password] }),
      { user: 'app', password: ['[redacted]'] },
    ],
    ['a value under a name that the whole has not', ({ name }) => ({ [`of ${name}`]: name }), undefined],
    [
      'a list of both',
      ({ name, account }) => [name, account.password, account.pool],
      ['corner', '[redacted]', 10],
    ],
    ['a computed text', ({ account }) => `${account.user}:${account.password}`, undefined],
    ['a secret as a key', ({ account }) => ({ [account.password]: account.user }), undefined],
    ['nothing', () => undefined, undefined],
  ])('shows of a selection of %s only the values that the whole ref shows', (_what, pick, value) => {
    const selected = ref.select(pick);
    expect(selected.toJSON()).toEqual({ key: 'shop', revision: 1, state: 'live', value });
    const chained = selected.select((part) => part);
    expect(chained.toJSON().value).toEqual(value);
    for (const text of [...printed(selected), ...printed(chained)]) expect(text).not.toContain(PASSWORD);
  });

  it('shows no value for a selected secret, also when the same text is no secret elsewhere', async () => {
    const same = { name: 'same', account: { user: 'same', password: 'same' } };
    const other = await Test.createTestingModule({
      imports: [HotConfigTestingModule.forRoot({ shop: same }), HotConfigModule.forFeature([ShopConfig])],
    }).compile();
    const whole = other.get(HotConfigService).ref(ShopConfig);
    expect(whole.select(({ account }) => account.password).toJSON().value).toBeUndefined();
    await other.close();
  });

  it('never throws, even when the selection of the ref throws', () => {
    const failing = ref.select(() => {
      throw new Error(PASSWORD);
    });
    expect(JSON.parse(JSON.stringify(failing))).toEqual({ key: 'shop', state: 'live' });
  });
});

it('a printed ref of a unit test shows its value', () => {
  const ref = createHotConfigRef({ limit: 5 });
  expect(ref.toJSON()).toEqual({ key: 'test', revision: 1, state: 'live', value: { limit: 5 } });
  expect(ref.select(({ limit }) => limit).toJSON().value).toBe(5);
});
