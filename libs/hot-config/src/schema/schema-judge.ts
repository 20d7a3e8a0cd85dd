import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { HotConfigIssue, PlainObject, Validation } from '../contract/index.js';
import { Concealment } from './concealment.js';
import { bearable, dotted, errorName } from './issue-list.js';
import { describedInput, SchemaReader, type JsonSchema } from './json-schema.js';
import { plainCopy } from './plain.js';
import { unknownKeyIssue } from './unknown-key.js';
import { unknownKeys, type UnknownKey } from './unknown-keys.js';

type Problem = () => HotConfigIssue;

interface JudgeOptions {
  readonly unknownKeys: 'reject' | 'allow';
  readonly isSensitive: (path: readonly string[]) => boolean;
}

/** Judges documents by a Standard Schema. */
export class SchemaJudge<T extends object> {
  #described: { readonly reader: SchemaReader; readonly root: JsonSchema } | undefined;
  #isDescribed = false;

  constructor(
    private readonly schema: StandardSchemaV1<unknown, T>,
    private readonly options: JudgeOptions,
  ) {}

  async validate(document: PlainObject): Promise<Validation<T>> {
    let result: StandardSchemaV1.Result<T>;
    try {
      result = await this.schema['~standard'].validate(plainCopy(document));
    } catch (error) {
      const message = `cannot be checked: the schema threw ${errorName(error)}`;
      return { accepted: false, issues: [{ path: '', message }] };
    }
    const unknown = this.unknownKeys(document, result);
    const refused = result.issues
      ? this.refusal(result.issues, document, unknown)
      : notAnObject(result.value);
    const problems = [
      ...unknown.map(
        ({ at, known }) =>
          () =>
            unknownKeyIssue(at, known),
      ),
      ...refused,
    ];
    if (problems.length === 0 && !result.issues) return { accepted: true, value: result.value };
    return { accepted: false, issues: bearable(problems) };
  }

  private unknownKeys(document: PlainObject, result: StandardSchemaV1.Result<T>): readonly UnknownKey[] {
    if (this.options.unknownKeys === 'allow') return [];
    const output = result.issues ? undefined : { value: result.value };
    return unknownKeys({ document, described: this.described(), output });
  }

  private refusal(
    found: readonly StandardSchemaV1.Issue[],
    document: PlainObject,
    unknown: readonly UnknownKey[],
  ): readonly Problem[] {
    const { isSensitive } = this.options;
    const concealment = new Concealment({ document, isSensitive, shortest: 3 });
    const vocabulary = this.described()?.reader.vocabulary() ?? [];
    const said = new Set(unknown.map(({ at }) => dotted(at)));
    const problems = found
      .filter((issue) => !isSaid(issue, said))
      .map((issue) => (): HotConfigIssue => {
        const path = stepsOf(issue);
        return { path: dotted(path), message: concealment.conceal(issue.message, path, { vocabulary }) };
      });
    // A refusal without a reason is a refusal.
    if (problems.length + unknown.length > 0) return problems;
    return [() => ({ path: '', message: 'the schema refuses it without a reason' })];
  }

  /** Asked for once, and not before it is needed: a declaration must cost nothing at start. */
  private described(): { readonly reader: SchemaReader; readonly root: JsonSchema } | undefined {
    if (this.#isDescribed) return this.#described;
    const root = describedInput(this.schema);
    this.#described = root && { reader: new SchemaReader(root), root };
    this.#isDescribed = true;
    return this.#described;
  }
}

function stepsOf({ path = [] }: StandardSchemaV1.Issue): string[] {
  return path.map((step) => String(typeof step === 'object' ? step.key : step));
}

/** A strict schema reports an unknown key too, at the object that holds it and without a proposal; zod says `keys`. */
function isSaid(issue: StandardSchemaV1.Issue, said: ReadonlySet<string>): boolean {
  const { keys } = issue as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length === 0) return false;
  return keys.every((key) => said.has(dotted([...stepsOf(issue), String(key)])));
}

function notAnObject(value: unknown): readonly Problem[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return [];
  return [() => ({ path: '', message: 'the schema makes no object of it; a config must be one' })];
}
