import 'reflect-metadata';
import { Logger, type LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Type } from 'class-transformer';
import { IsInt, IsString, ValidateNested } from 'class-validator';
import { HotConfigSchema, Sensitive } from '../schema/index.js';
import { HotConfigTestingModule, HotConfigTestStore } from '../testing/index.js';
import { HotConfigModule, type HotConfigRef, HotConfigService } from './index.js';
import { ShopConfig } from './nest.fixture.js';

const lines: string[] = [];
const collect = (line: unknown): void => void lines.push(String(line));
const logger: LoggerService = { log: () => undefined, warn: collect, error: collect };

describe('a selected ref whose function throws on a value', () => {
  let module: TestingModule;
  let shop: HotConfigRef<ShopConfig>;
  let surname: HotConfigRef<string>;

  beforeEach(async () => {
    lines.splice(0);
    module = await Test.createTestingModule({
      imports: [
        HotConfigTestingModule.forRoot({ shop: { name: 'Ann Smith' } }),
        HotConfigModule.forFeature([ShopConfig]),
      ],
    })
      .setLogger(logger)
      .compile();
    Logger.overrideLogger(logger);
    shop = module.get(HotConfigService).ref(ShopConfig);
    surname = shop.select(({ name }) => {
      const [, last] = name.split(' ');
      if (last === undefined) throw new Error(`${name} has no surname`);
      return last;
    });
  });
  afterEach(() => module.close());

  const rename = (name: string): Promise<void> => module.get(HotConfigTestStore).set('shop', { name });

  it('skips that value, logs the error once for all subscribers, and delivers the next value', async () => {
    const seen: string[][] = [[], [], [], []];
    surname.value$.subscribe((name) => seen[0]?.push(name));
    surname.value$.subscribe((name) => seen[1]?.push(name));
    surname.changes$.subscribe(({ current }) => seen[2]?.push(current));
    surname.select((name) => name.length).value$.subscribe((length) => seen[3]?.push(`${length}`));
    await rename('Ann');
    expect(lines).toEqual(['A subscriber of shop failed: Ann has no surname']);
    await rename('Ann Lee');
    await rename('Ann Miller');
    expect(seen).toEqual([
      ['Smith', 'Lee', 'Miller'],
      ['Smith', 'Lee', 'Miller'],
      ['Lee', 'Miller'],
      ['5', '3', '6'],
    ]);
    expect(lines).toHaveLength(1);
  });

  it('has a failed hook until its function accepts a value, and calls the hook with that value', async () => {
    const heard: (string | undefined)[] = [];
    surname.onChange(({ previous, current }) => heard.push(previous, current), { name: 'greet' });
    await rename('Ann');
    expect(shop.status.hookFailures).toMatchObject([{ hook: 'greet', revision: 2 }]);
    await rename('Ann Smith');
    await rename('Ann Lee');
    expect(heard).toEqual([undefined, 'Smith', 'Smith', 'Lee']);
    expect(shop.status.hookFailures).toEqual([]);
  });

  it('rejects the value when it has a critical hook', async () => {
    surname.onChange(() => undefined, { critical: true });
    await rename('Ann');
    expect(shop.status.rejection).toMatchObject({ stage: 'confirm', error: { code: 'VETO' } });
    expect(surname.value).toBe('Smith');
  });

  it('marks everything as sensitive when the differences are unknown', async () => {
    const key = shop.select(({ name, apiKey }) => {
      if (name === '') throw new Error('closed');
      return { apiKey };
    });
    const heard: boolean[] = [];
    key.onChange(({ diff }) => heard.push(...diff.map(({ sensitive }) => sensitive)));
    key.select(({ apiKey }) => apiKey).onChange(({ diff }) => heard.push(...diff.map((d) => d.sensitive)));
    await rename('');
    await rename('Ann');
    expect(heard).toEqual([true, true]);
  });

  it('throws the same error when its value is read, and can be read again after the next value', async () => {
    await rename('Ann');
    expect(() => surname.value).toThrow('Ann has no surname');
    expect(() => surname.snapshot).toThrow('Ann has no surname');
    await rename('Ann Lee');
    expect(surname.value).toBe('Lee');
  });

  it('treats parts as different when `equals` throws on them', async () => {
    const names = shop.select(
      ({ name }) => name,
      () => {
        throw new Error('cannot compare');
      },
    );
    const seen: string[] = [];
    names.value$.subscribe((name) => seen.push(name));
    names.onChange(({ current }) => seen.push(current));
    await rename('Bob');
    expect([names.value, ...seen]).toEqual(['Bob', 'Ann Smith', 'Bob', 'Bob']);
    expect(lines.join('\n')).toContain('cannot compare');
  });
});

describe('a hook of a selected ref', () => {
  class Database {
    @IsString()
    host = 'a';

    @Sensitive()
    @IsString()
    password = 'swordfish';
  }

  @HotConfigSchema('db')
  class Config {
    @ValidateNested()
    @Type(() => Database)
    database = new Database();

    @ValidateNested()
    @Type(() => Database)
    mirrors: Map<string, Database> = new Map();

    @IsInt()
    limit = 7;
  }

  let module: TestingModule;
  let ref: HotConfigRef<Config>;
  beforeEach(async () => {
    module = await Test.createTestingModule({
      imports: [HotConfigTestingModule.forRoot({ db: {} }), HotConfigModule.forFeature([Config])],
    })
      .setLogger(logger)
      .compile();
    ref = module.get(HotConfigService).ref(Config);
  });
  afterEach(() => module.close());

  const set = (database: Partial<Database>): Promise<void> =>
    module.get(HotConfigTestStore).set('db', { database });

  it('counts as failed until it is called again, though another part changes meanwhile', async () => {
    let isBroken = true;
    const hook = (): void => {
      if (isBroken) throw new Error('no');
    };
    ref.select(({ database }) => database.host).onChange(hook);
    await set({ host: 'b' });
    await set({ host: 'b', password: 'other' });
    expect(ref.status.hookFailures).toMatchObject([{ hook: 'hook', revision: 2 }]);
    isBroken = false;
    await set({ host: 'c' });
    expect(ref.status.hookFailures).toEqual([]);
  });

  it('receives which parts are sensitive, however deep in the document, when it is called at once', async () => {
    const heard: [string, boolean][] = [];
    const listen = (part: HotConfigRef<unknown>): unknown =>
      part.onChange(
        ({ diff }) =>
          heard.push(...diff.map(({ path, sensitive }) => [path, sensitive] as [string, boolean])),
        { immediate: true },
      );
    listen(ref.select(({ database }) => database.password));
    listen(ref.select(({ database }) => ({ pg: { pw: database.password } })));
    listen(ref.select(({ limit }) => limit));
    await module.get(HotConfigService).refresh();
    expect(heard).toEqual([
      ['', true],
      ['', true],
      ['', false],
    ]);
  });

  it('receives which parts are sensitive for a part of a Map', async () => {
    const heard: [string, boolean][] = [];
    ref
      .select(({ mirrors }) => ({ pw: mirrors.get('east')?.password, limit: mirrors.size }))
      .onChange(({ diff }) => heard.push(...diff.map(({ path, sensitive }) => [path, sensitive] as never)));
    const mirrors = { east: { password: 'hunter2' } };
    await module.get(HotConfigTestStore).set('db', { mirrors });
    expect(heard).toEqual([
      ['pw', true],
      ['limit', false],
    ]);
  });
});
