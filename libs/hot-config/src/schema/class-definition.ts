import type { HotConfigDefinition, PlainObject, Validation } from '../contract/index.js';
import { flattened, problemsOf, unknownKeysIn, type Failure } from './class-issues.js';
import { ClassRules } from './class-rules.js';
import { structureProblems } from './class-structure.js';
import { instantiateDefaults } from './default-instances.js';
import { dropUnset, instantiate } from './instance.js';
import { limitedIssues, errorName } from './issue-list.js';
import type { SchemaOptions } from './options.js';
import { loadPeers, type ClassValidator } from './peers.js';
import { plainCopy } from './plain.js';
import { restartRequired, sensitive } from './property-marks.js';
import { transformRules } from './transform-rules.js';

export function classDefinition<T extends object>(
  key: string,
  type: new () => T,
  { defaults = {}, unknownKeys = 'reject' }: SchemaOptions,
): HotConfigDefinition<T> {
  const judge = new ClassJudge(key, type, unknownKeys);
  const isSensitive = (value: unknown, path: readonly string[]): boolean =>
    sensitive.isCrossed(type, value, path);
  return {
    key,
    defaults: defaults as PlainObject,
    validate: (document) => judge.validate(document),
    isSensitive,
    holdsSensitive: (path) => path.length === 0,
    needsRestart: (value, path) => restartRequired.isCrossed(type, value, path),
  };
}

class ClassJudge<T extends object> {
  private rules: ClassRules | undefined;

  constructor(
    private readonly key: string,
    private readonly type: new () => T,
    private readonly unknownKeys: 'reject' | 'allow',
  ) {}

  async validate(document: PlainObject): Promise<Validation<T>> {
    const { validator, transformer } = await loadPeers(this.key);
    const rules = (this.rules ??= new ClassRules(validator));
    const transforms = transformRules();
    const made = instantiate(transformer, this.type, plainCopy(document), (instance) =>
      instantiateDefaults(instance, rules, transforms),
    );
    if ('issues' in made) {
      return { accepted: false, issues: made.issues, cause: errorOf(made.thrown) };
    }
    const { instance } = made;
    try {
      const failures = this.withoutAllowed(await failuresOf(validator, instance, document));
      const structure = structureProblems(instance, document, {
        rules,
        transforms,
        unknownKeys: this.unknownKeys,
      });
      const problems = problemsOf(failures, structure, rules);
      if (problems.length > 0) return { accepted: false, issues: limitedIssues(problems) };
    } catch (error) {
      const message = `cannot be checked: a rule of ${this.type.name} threw ${errorName(error)}`;
      return { accepted: false, issues: [{ path: '', message }], cause: errorOf(error) };
    }
    dropUnset(instance, rules);
    return { accepted: true, value: instance };
  }

  /** class-validator reports every key without a rule; allowed ones are taken out of the value here. */
  private withoutAllowed(failures: readonly Failure[]): readonly Failure[] {
    const unknown = unknownKeysIn(failures);
    const known = failures.filter(({ constraint }) => constraint !== 'whitelistValidation');
    if (this.unknownKeys === 'reject') return [...unknown, ...known];
    for (const { holder, property } of unknown) Reflect.deleteProperty(holder, property);
    return known;
  }
}

function errorOf(thrown: unknown): Error | undefined {
  return thrown instanceof Error ? thrown : undefined;
}

async function failuresOf(
  validator: ClassValidator,
  instance: object,
  document: PlainObject,
): Promise<readonly Failure[]> {
  const errors = await validator.validate(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    validationError: { target: true, value: true },
  });
  return flattened(errors, document);
}
