import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { HotConfigIssue, PlainObject, Validation } from '../../contract/index.js';
import { formatPath } from '../../document/index.js';
import { errorName, limitedIssues } from '../issue-list.js';
import { plainCopy } from '../plain.js';
import { unknownKeyIssue } from '../unknown-key.js';
import { Description } from './description.js';
import { leadsNowhere } from './paths.js';
import { cameOutWhole, type Descriptions, type UnknownKey, unknownKeys } from './unknown-keys.js';

/** Validates documents by a Standard Schema, and rejects the keys that the schema does not know. */
export class SchemaValidator<T extends object> {
  private known: Descriptions | undefined;

  constructor(
    private readonly schema: StandardSchemaV1<unknown, T>,
    private readonly allowsUnknownKeys: boolean,
  ) {}

  async validate(document: PlainObject): Promise<Validation<T>> {
    let result: StandardSchemaV1.Result<T>;
    try {
      result = await this.schema['~standard'].validate(plainCopy(document));
    } catch (error) {
      const issues = [{ path: '', message: `cannot be checked: the schema threw ${errorName(error)}` }];
      return { accepted: false, issues, cause: error instanceof Error ? error : undefined };
    }
    const unknown = this.unknownKeys(document, result);
    const rejected = result.issues ? withoutReported(result.issues, unknown) : outputIssues(result.value);
    if (!result.issues && unknown.length + rejected.length === 0)
      return { accepted: true, value: result.value };
    const problems = [
      ...unknown.map(
        ({ at, known }) =>
          () =>
            unknownKeyIssue(at, known),
      ),
      ...rejected.map((issue) => () => issue),
    ];
    // A rejection without a reason is a rejection all the same.
    if (problems.length === 0)
      problems.push(() => ({ path: '', message: 'the schema rejected it without giving a reason' }));
    return { accepted: false, issues: limitedIssues(problems) };
  }

  /** Why no document can have anything at a path. A schema that may rename keys before it describes them tells nothing. */
  leadsNowhereInDocument(path: readonly string[]): string | undefined {
    return this.allowsUnknownKeys ? undefined : leadsNowhere(this.descriptions.input, path);
  }

  /** Why nothing of a value can be at a path: neither as it is given nor as it comes out. */
  leadsNowhereInValue(path: readonly string[]): string | undefined {
    const inInput = this.leadsNowhereInDocument(path);
    return inInput && leadsNowhere(this.descriptions.output, path) && inInput;
  }

  private unknownKeys(document: PlainObject, result: StandardSchemaV1.Result<T>): readonly UnknownKey[] {
    if (this.allowsUnknownKeys) return [];
    const output = result.issues ? undefined : result.value;
    // zod drops the keys that it does not know. Others, such as arktype, keep them: then only their description tells.
    const isWhole = this.schema['~standard'].vendor === 'zod' && output && cameOutWhole(document, output);
    return isWhole ? [] : unknownKeys(document, output, this.descriptions);
  }

  /** Asked for once, and not before it is needed: a declaration must cost nothing at the start. */
  private get descriptions(): Descriptions {
    return (this.known ??= {
      input: Description.of(this.schema, 'input'),
      output: Description.of(this.schema, 'output'),
    });
  }
}

/** A strict schema reports an unknown key too, at the key or at the object that holds it, and without a proposal. */
function withoutReported(
  issues: readonly StandardSchemaV1.Issue[],
  unknown: readonly UnknownKey[],
): readonly HotConfigIssue[] {
  const reported = new Set(unknown.map(({ at }) => formatPath(at)));
  return issues
    .filter((issue) => !placesOf(issue).every((place) => reported.has(place)))
    .map((issue) => ({ path: formatPath(stepsOf(issue)), message: issue.message }));
}

/** zod lists the keys that an issue is about. */
function placesOf(issue: StandardSchemaV1.Issue): readonly string[] {
  const steps = stepsOf(issue);
  const { keys } = issue as { keys?: unknown };
  return Array.isArray(keys) ? keys.map((key) => formatPath([...steps, String(key)])) : [formatPath(steps)];
}

function stepsOf({ path = [] }: StandardSchemaV1.Issue): string[] {
  return path.map((step) => String(typeof step === 'object' ? step.key : step));
}

function outputIssues(output: unknown): readonly HotConfigIssue[] {
  if (typeof output === 'object' && output !== null && !Array.isArray(output)) return [];
  return [{ path: '', message: "the schema's output must be an object" }];
}
