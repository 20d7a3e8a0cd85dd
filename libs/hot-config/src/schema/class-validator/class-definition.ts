import {
  type HotConfigDefinition,
  type HotConfigIssue,
  HotConfigSetupError,
  type PlainObject,
  type PlainValue,
  type Validation,
} from '../../contract/index.js';
import { formatPath } from '../../document/index.js';
import { errorName, limitedIssues } from '../issue-list.js';
import type { SchemaOptions } from '../options.js';
import { plainCopy } from '../plain.js';
import { type Failure, failuresIn, issuesOf } from './class-issues.js';
import { type ClassModel, ClassModels } from './class-model.js';
import { LossCheck } from './loss-check.js';
import { MarkedPaths } from './marked-paths.js';
import { restartRequired, sensitive } from './marks.js';
import { loadPeers } from './peers.js';
import { OPTIONS } from './probe.js';
import { secondCopyProblem } from './second-copy.js';
import { problemsOf, reachableFrom } from './start-check.js';

export function classDefinition<T extends object>(
  key: string,
  type: new () => T,
  { defaults = {}, unknownKeys = 'reject' }: SchemaOptions,
): HotConfigDefinition<T> {
  const validator = new Validator(key, type, unknownKeys);
  const paths = new MarkedPaths(type, () => loaded);
  return {
    key,
    defaults: defaults as PlainObject,
    check: () => validator.check(),
    validate: (document) => validator.validate(document),
    // Only the instance knows the classes that a discriminator or a @Transform has chosen.
    isSensitive: (value, path) =>
      paths.isCrossed(sensitive, value, path) ||
      paths.isCrossed(sensitive, validator.instanceOf(value), path),
    holdsSensitive: (path) => paths.holdsSensitive(path),
    needsRestart: (value, path) => paths.isCrossed(restartRequired, value, path),
    // Any other instance was made by a @Transform: it belongs to another library, which may have to write to it.
    isOwnInstance: (instance) => instance instanceof type || loaded?.ofValue(instance) !== undefined,
  };
}

let loaded: ClassModels | undefined;

async function models(key: string): Promise<ClassModels> {
  return (loaded ??= new ClassModels(await loadPeers(key)));
}

type Plain = Record<string, PlainValue>;

class Validator<T extends object> {
  /** Classes whose declaration has no problem. */
  private readonly checked = new Set<ClassModel>();
  /** By the document that each was made of. */
  private readonly instances = new WeakMap<object, T>();

  constructor(
    private readonly key: string,
    private readonly type: new () => T,
    private readonly unknownKeys: 'reject' | 'allow',
  ) {}

  async check(): Promise<void> {
    const known = await models(this.key);
    const root = known.of(this.type);
    const problems = root
      ? [...reachableFrom(root, known)].flatMap((model) => this.problemsOf(model, known))
      : [`the class ${this.type.name} has no validation decorator`];
    const copyProblem = secondCopyProblem(this.type, known);
    const all = copyProblem === undefined ? problems : [...problems, copyProblem];
    if (all.length === 0) return;
    throw new HotConfigSetupError(
      `The config class ${this.type.name} of "${this.key}" is invalid:\n${all.map((problem) => `  - ${problem}`).join('\n')}`,
      { key: this.key },
    );
  }

  private problemsOf(model: ClassModel, known: ClassModels): readonly string[] {
    const problems = problemsOf(model, known, this.unknownKeys);
    if (problems.length === 0) this.checked.add(model);
    return problems;
  }

  async validate(document: PlainObject): Promise<Validation<T>> {
    const known = await models(this.key);
    const plain = plainCopy(document);
    let instance: T;
    try {
      instance = this.instantiate(known, plain);
      this.instances.set(document, instance);
    } catch (error) {
      return {
        accepted: false,
        issues: this.blame(known, plainCopy(document), error),
        cause: asError(error),
      };
    }
    try {
      const problems = await this.problems(known, instance, document);
      if (problems.length > 0) return { accepted: false, issues: limitedIssues(problems) };
    } catch (error) {
      const message = `cannot be checked: a rule of ${this.type.name} threw ${errorName(error)}`;
      return { accepted: false, issues: [{ path: '', message }], cause: asError(error) };
    }
    return { accepted: true, value: instance };
  }

  instanceOf(document: unknown): T | undefined {
    return typeof document === 'object' && document !== null ? this.instances.get(document) : undefined;
  }

  private instantiate({ peers }: ClassModels, plain: Plain): T {
    return peers.transformer.plainToInstance(this.type, plain, OPTIONS);
  }

  private async problems(
    known: ClassModels,
    instance: T,
    document: PlainObject,
  ): Promise<(() => HotConfigIssue)[]> {
    const lossCheck = new LossCheck(known, this.unknownKeys, this.checked);
    const model = known.of(this.type);
    if (model) lossCheck.visitObject(instance, model, document);
    const whole = { instance, at: [], source: document };
    const parts = [whole, ...lossCheck.unvalidated];
    const failures: Failure[] = [];
    for (const { instance: part, at, source } of parts) {
      const errors = await known.peers.validator.validate(part, { forbidUnknownValues: true });
      failures.push(...failuresIn(errors, known, source, at));
    }
    return issuesOf(failures, lossCheck);
  }

  /** The text of such an error quotes the document more often than not: it is the cause, not the message. */
  private blame(known: ClassModels, plain: Plain, error: unknown): readonly HotConfigIssue[] {
    const message = `cannot be turned into a ${this.type.name}: a transformation threw ${errorName(error)}`;
    return this.culprits(known, plain).map((key) => ({ path: key === '' ? '' : formatPath([key]), message }));
  }

  /** The top-level keys without which it works; the document itself when no single one is to blame. */
  private culprits(known: ClassModels, plain: Plain): string[] {
    const keys = Object.keys(plain);
    if (keys.length > MAX_SUSPECTS) return [''];
    const blamed = keys.filter((key) => {
      try {
        this.instantiate(known, Object.fromEntries(Object.entries(plain).filter(([name]) => name !== key)));
        return true;
      } catch {
        return false;
      }
    });
    return blamed.length === 0 ? [''] : blamed;
  }
}

/** Beyond so many top-level keys the one that a transformation fails on is not searched for: each costs another attempt. */
const MAX_SUSPECTS = 20;

function asError(thrown: unknown): Error | undefined {
  return thrown instanceof Error ? thrown : undefined;
}
