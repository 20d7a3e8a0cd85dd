import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUrl, Max, Min, ValidateNested } from 'class-validator';
import {
  type HotConfigDefinition,
  type HotConfigIssue,
  HotConfigSetupError,
  type PlainObject,
} from '../contract/index.js';
import { maskOf, redactIssues } from '../redaction/index.js';
import { type HotConfigDeclaration, HotConfigSchema, requireDefinition, Sensitive } from './index.js';

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

/** The value of a document. Checks the declaration first, as the engine does at startup. Fails when the document is rejected. */
export async function accepted<T extends object>(
  declaration: HotConfigDeclaration<T>,
  document: PlainObject,
): Promise<T> {
  const definition = requireDefinition(declaration);
  await definition.check?.();
  const validation = await definition.validate(document);
  if (validation.accepted) return validation.value;
  throw new Error(`rejected: ${JSON.stringify(validation.issues)}`);
}

/** The issues of a document as the engine shows them: `path: message`, sorted. Fails when the document is accepted. */
export async function rejected(declaration: HotConfigDeclaration, document: PlainObject): Promise<string[]> {
  const definition = requireDefinition(declaration);
  const issues = await issuesOf(definition, document);
  return asTexts(redactIssues(definition, document, issues, maskOf(definition, document)));
}

/** The same issues as the schema wrote them, before redaction. */
export async function rawIssues(declaration: HotConfigDeclaration, document: PlainObject): Promise<string[]> {
  return asTexts(await issuesOf(requireDefinition(declaration), document));
}

async function issuesOf(
  definition: HotConfigDefinition,
  document: PlainObject,
): Promise<readonly HotConfigIssue[]> {
  await definition.check?.();
  const validation = await definition.validate(document);
  if (validation.accepted) throw new Error('accepted');
  return validation.issues;
}

function asTexts(issues: readonly HotConfigIssue[]): string[] {
  return issues.map(({ path, message }) => `${path}: ${message}`).sort();
}

/** The problems that the check at startup finds in a class, a line for each property, sorted. Fails when there are none. */
export async function problemsAtStart(declaration: HotConfigDeclaration): Promise<string[]> {
  const problem: unknown = await Promise.resolve(requireDefinition(declaration).check?.()).catch(
    (error: unknown) => error,
  );
  if (!(problem instanceof HotConfigSetupError)) throw new Error(`no setup error, but ${String(problem)}`);
  const [, ...lines] = problem.message.split('\n');
  return lines.map((line) => line.replace(/^ {2}- /, '')).sort();
}
