import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUrl, Max, Min, ValidateNested } from 'class-validator';
import type { HotConfigIssue, PlainObject } from '../contract/index.js';
import { HotConfigSchema, requireDefinition, Sensitive, type HotConfigDeclaration } from './index.js';

export class ReplicaConfig {
  @IsString()
  host!: string;

  @Sensitive()
  @IsString()
  password = 'none';
}

export class DatabaseConfig {
  @Sensitive()
  @IsUrl({ protocols: ['postgres'], require_tld: false })
  url!: string;

  @IsInt()
  @Min(1)
  @Max(100)
  pool = 10;

  @IsOptional()
  @ValidateNested({ each: true })
  @Type(() => ReplicaConfig)
  replicas?: ReplicaConfig[];
}

export class LoggingConfig {
  @IsIn(['DEBUG', 'INFO', 'WARN', 'ERROR'])
  level = 'INFO';

  @IsIn(['text', 'json'])
  format = 'text';
}

@HotConfigSchema('shop', { defaults: { name: 'default', database: { url: 'postgres://localhost/shop' } } })
export class ShopConfig {
  @IsString()
  name!: string;

  @ValidateNested()
  @Type(() => DatabaseConfig)
  database!: DatabaseConfig;

  @ValidateNested()
  @Type(() => LoggingConfig)
  logging = new LoggingConfig();

  @IsOptional()
  @IsString({ each: true })
  tags?: string[];

  @IsOptional()
  @ValidateNested()
  @Type(() => ReplicaConfig)
  mirrors?: Map<string, ReplicaConfig>;
}

/** A document that `ShopConfig` accepts, with the given top-level keys replaced. */
export function shop(changes: PlainObject = {}): PlainObject {
  return { name: 'corner', database: { url: 'postgres://localhost/shop' }, ...changes };
}

/** The value that a declaration makes of a document. Fails when it refuses. */
export async function accepted<T extends object>(
  declaration: HotConfigDeclaration<T>,
  document: PlainObject,
): Promise<T> {
  const verdict = await requireDefinition(declaration).validate(document);
  if (verdict.accepted) return verdict.value;
  throw new Error(`refused: ${JSON.stringify(verdict.issues)}`);
}

/** What a declaration says against a document, as `path: message`, sorted. Fails when it accepts. */
export async function refused(declaration: HotConfigDeclaration, document: PlainObject): Promise<string[]> {
  const issues = await issuesOf(declaration, document);
  if (issues.length === 0) throw new Error('accepted');
  return issues.map(({ path, message }) => `${path}: ${message}`).sort();
}

async function issuesOf(
  declaration: HotConfigDeclaration,
  document: PlainObject,
): Promise<readonly HotConfigIssue[]> {
  const verdict = await requireDefinition(declaration).validate(document);
  return verdict.accepted ? [] : verdict.issues;
}
