import 'reflect-metadata';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsDate, IsEnum, IsNumber, IsOptional, IsString } from 'class-validator';
import type { PlainObject, PlainValue } from '../../contract/index.js';
import { HotConfigSchema } from '../index.js';
import { accepted, rejected } from '../schema.fixture.js';

enum Level {
  Low,
  High,
}

enum Color {
  Red = 'red',
}

@HotConfigSchema('converted')
class Converted {
  @IsOptional()
  @Type(() => String)
  @IsString()
  text?: string;

  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  port?: number;

  @IsOptional()
  @Transform(({ value }) => Number(value))
  @IsNumber()
  weight?: number;

  @IsOptional()
  @Type(() => Boolean)
  @IsBoolean()
  secure?: boolean;

  @IsOptional()
  @Transform(({ value }) => value === 'true')
  @IsBoolean()
  fromText?: boolean;

  @IsOptional()
  @Transform(({ value }) => (typeof value === 'string' ? value === 'true' : (value as unknown)))
  @IsBoolean()
  fromBoth?: boolean;

  @IsOptional()
  @Transform(({ value }) => !value)
  @IsBoolean()
  inverted?: boolean;

  @IsOptional()
  @Type(() => Date)
  @IsDate()
  since?: Date;

  @IsOptional()
  @IsEnum(Level)
  level?: Level;

  @IsOptional()
  @IsEnum(Level, { each: true })
  levels?: Level[];

  @IsOptional()
  @IsEnum(Color)
  color?: Color;
}

describe('a scalar that class-transformer converts', () => {
  it.each<[PlainObject, object]>([
    [{ text: 5 }, { text: '5' }],
    [{ port: '80' }, { port: 80 }],
    [{ weight: '1.5' }, { weight: 1.5 }],
    [{ secure: 'true' }, { secure: true }],
    [{ secure: false }, { secure: false }],
    [{ secure: 1 }, { secure: true }],
    [{ secure: null }, { secure: null }],
    [{ fromText: 'true' }, { fromText: true }],
    [{ fromText: false }, { fromText: false }],
    [{ fromBoth: true }, { fromBoth: true }],
    [{ inverted: true }, { inverted: false }],
    [{ since: '2026-01-01' }, { since: new Date('2026-01-01') }],
    [{ level: 1 }, { level: 1 }],
    [{ color: 'red' }, { color: 'red' }],
  ])('is accepted where it keeps the written value: %j', async (document, value) => {
    expect(await accepted(Converted, document)).toEqual(value);
  });

  const NUMBERS = 'must be one of the following numbers: 0, 1; "High" is the name of 1';
  it.each<[string, PlainValue, string]>([
    ['text', { a: 1 }, 'must be a string'],
    ['text', ['a'], 'must be a list'],
    ['port', '', 'must be a number'],
    ['port', '  ', 'must be a number'],
    ['port', true, 'must be a number'],
    ['weight', '', 'must be a number'],
    ['secure', 'false', 'must be true or false'],
    ['secure', '', 'must be true or false'],
    ['secure', 'yes', 'must be true or false'],
    ['secure', 5, 'must be true or false'],
    ['secure', {}, 'must be true or false'],
    ['fromText', true, 'true and false come out alike: the @Transform of this property reads texts only'],
    ['since', {}, 'must be a date'],
    ['level', 'High', NUMBERS],
  ])('is rejected where it would silently become another value: %s: %j', async (name, value, issue) => {
    const [first, ...more] = await rejected(Converted, { [name]: value });
    if (issue === 'must be a list') expect(first).toMatch(`${name}: `);
    else expect(first).toMatch(`${name}: ${issue}`);
    expect(more).toEqual([]);
  });

  it('is rejected as a member of a list, with its position', async () => {
    expect(await rejected(Converted, { levels: [0, 'High'] })).toEqual([`levels.1: ${NUMBERS}`]);
  });
});
