import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { HotConfigIssue, PlainObject, Validation } from '../contract/index.js';
import { dottedPath, HIDDEN_KEY, membersOf, valueAt } from '../document/index.js';
import { Concealment } from '../redaction/concealment.js';
import { bearable, errorName } from './issue-list.js';
import { readerOf, type SchemaReader } from './json-schema.js';
import { plainCopy } from './plain.js';
import { strayMessage } from './stray-path.js';
import { causeOf } from '../redaction/thrown.js';
import { unknownKeyIssue } from './unknown-key.js';
import { unknownKeys, type UnknownKey } from './unknown-keys.js';

type Problem = () => HotConfigIssue;

interface JudgeOptions {
  readonly unknownKeys: 'reject' | 'allow';
  readonly isSensitive: (path: readonly string[]) => boolean;
}

/** Judges documents by a Standard Schema. */
export class SchemaJudge<T extends object> {
  #described: { readonly input: SchemaReader; readonly output: SchemaReader } | undefined;

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
      const cause = causeOf(error, { document, isSensitive: this.options.isSensitive });
      return { accepted: false, issues: [{ path: '', message }], cause };
    }
    const unknown = this.unknownKeys(document, result);
    const refused = result.issues
      ? this.refusal(result.issues, document, unknown)
      : notAnObject(result.value);
    const problems = [
      ...unknown.map(
        ({ at, known }) =>
          () =>
            unknownKeyIssue(at, known, this.options.isSensitive(at)),
      ),
      ...refused,
    ];
    if (problems.length === 0 && !result.issues) return { accepted: true, value: result.value };
    return { accepted: false, issues: bearable(problems) };
  }

  /** Why nothing of a value can be at a path: neither as it is given nor as it comes out. Undefined when that cannot be told. */
  strayInValue(path: readonly string[]): string | undefined {
    const inInput = this.strayInDocument(path);
    return inInput && strayMessage(this.described().output, path) && inInput;
  }

  /** Why no document can have anything at a path. A schema that may rename keys before it describes them tells nothing. */
  strayInDocument(path: readonly string[]): string | undefined {
    return this.options.unknownKeys === 'allow' ? undefined : strayMessage(this.described().input, path);
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
    const vocabulary = this.described().input.vocabulary();
    const said = new Set(unknown.map(({ at }) => JSON.stringify(at)));
    const problems = found
      .filter((issue) => !isSaid(issue, said))
      .map((issue) => (): HotConfigIssue => {
        const path = stepsOf(issue);
        const secret = keysOf(issue).filter((at) => isSensitive(at) && !isMissing(issue, document, at));
        const value = secret.map((at) => at.at(-1));
        const message = concealment.conceal(issue.message, path, { value, vocabulary });
        const isHidden = secret.some(({ length }) => length === path.length);
        return { path: dottedPath(isHidden ? [...path.slice(0, -1), HIDDEN_KEY] : path), message };
      });
    // A rejection without a reason is a rejection all the same.
    if (problems.length + unknown.length > 0) return problems;
    return [() => ({ path: '', message: 'the schema rejected it without giving a reason' })];
  }

  /** Asked for once, and not before it is needed: a declaration must cost nothing at start. */
  private described(): { readonly input: SchemaReader; readonly output: SchemaReader } {
    this.#described ??= { input: readerOf(this.schema, 'input'), output: readerOf(this.schema, 'output') };
    return this.#described;
  }
}

function stepsOf({ path = [] }: StandardSchemaV1.Issue): string[] {
  return path.map((step) => String(typeof step === 'object' ? step.key : step));
}

/** A strict schema reports an unknown key too, there or at the object that holds it, and without a proposal. */
function isSaid(issue: StandardSchemaV1.Issue, said: ReadonlySet<string>): boolean {
  const keys = keysOf(issue);
  const places = keys.length > 0 ? keys : [stepsOf(issue)];
  return places.every((at) => said.has(JSON.stringify(at)));
}

/** valibot marks a key that is missing as it marks one that is too much. It tells what it looked in. */
function isMissing(issue: StandardSchemaV1.Issue, document: unknown, at: readonly string[]): boolean {
  const last = issue.path?.at(-1) as { origin?: unknown; input?: unknown } | undefined;
  if (last?.origin !== 'key') return false;
  const holder = last.input ?? valueAt(document, at.slice(0, -1));
  return (
    typeof holder === 'object' && holder !== null && membersOf(holder).every(([key]) => key !== at.at(-1))
  );
}

/** The places of the keys that an issue is about: zod lists or names them, valibot marks the last step. */
function keysOf(issue: StandardSchemaV1.Issue): string[][] {
  const path = stepsOf(issue);
  const { keys, code } = issue as { keys?: unknown; code?: unknown };
  if (Array.isArray(keys)) return keys.map((key) => [...path, String(key)]);
  const last = issue.path?.at(-1) as { origin?: unknown } | undefined;
  return code === 'invalid_key' || last?.origin === 'key' ? [path] : [];
}

function notAnObject(value: unknown): readonly Problem[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return [];
  return [() => ({ path: '', message: "the schema's output must be an object" })];
}
