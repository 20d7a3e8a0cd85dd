import {
  HotConfigResourceError,
  HotConfigTimeoutError,
  type HotConfigSnapshot,
  type HotResourceContext,
} from '../contract/index.js';
import { withDeadline } from '../async/deadline.js';
import { diffValues } from './diff.js';
import type { Report } from './events.js';
import { Generation } from './generation.js';
import { nameOfToken } from './name-of-token.js';
import { maskedError } from '../redaction/index.js';
import type { ResourceCell } from './resource-cell.js';
import { RejectionError } from './verdict.js';

export interface BuildOptions {
  /** A config as the builds of one change see it: the candidate where there is one, else what is applied, if anything is. */
  readonly config: (key: string) => HotConfigSnapshot<object> | undefined;
  /** Takes what is sensitive in the configs that a cell is built from, as they are now and with the change, out of a text. */
  readonly maskFor: (cell: ResourceCell) => (text: string) => string;
  /** The resources that a cell is built on. */
  readonly foundationsOf: (cell: ResourceCell) => readonly ResourceCell[];
  /** The key whose change this is; undefined for a first build. */
  readonly changed: string | undefined;
  /** For messages: the change that asks for the builds. */
  readonly cause: { readonly key: string; readonly revision: number };
  readonly timeoutMs: number;
  readonly report: Report;
  /** Aborted when the engine stops. */
  readonly stopped: AbortSignal;
}

export interface Replacement {
  readonly cell: ResourceCell;
  readonly next: Generation;
}

/** The builds of one change: in parallel as far as nothing is built on another. The first failure ends all of them. */
export class ResourceBuild {
  private readonly begun = new Map<ResourceCell, Promise<Generation | undefined>>();
  private readonly over = new AbortController();

  constructor(private readonly options: BuildOptions) {}

  /** What is to be replaced. Throws `RejectionError`, or why the engine stops, after everything that was built is given up. */
  async run(cells: readonly ResourceCell[]): Promise<readonly Replacement[]> {
    const { stopped } = this.options;
    const stop = (): void => this.over.abort(stopped.reason);
    stopped.addEventListener('abort', stop, { once: true });
    if (stopped.aborted) stop();
    await Promise.all(cells.map((cell) => this.begin(cell)));
    stopped.removeEventListener('abort', stop);
    const made: Replacement[] = [];
    for (const [cell, built] of this.begun) {
      const next = await built;
      if (next) made.push({ cell, next });
    }
    if (!this.over.signal.aborted) return made;
    for (const { cell, next } of made) void cell.retire(next);
    throw this.over.signal.reason;
  }

  private begin(cell: ResourceCell): Promise<Generation | undefined> {
    const begun = this.begun.get(cell) ?? this.build(cell).catch((cause: unknown) => this.fail(cause));
    this.begun.set(cell, begun);
    return begun;
  }

  /** The first failure is the reason; the others only end because of it. */
  private fail(cause: unknown): undefined {
    if (!this.over.signal.aborted) this.over.abort(cause);
    return undefined;
  }

  /** Undefined when there is nothing to build: nothing that it is built from has changed, or is there yet. */
  private async build(cell: ResourceCell): Promise<Generation | undefined> {
    const foundations = this.options.foundationsOf(cell);
    const rebuilt = await Promise.all(foundations.map((foundation) => this.begin(foundation)));
    if (this.over.signal.aborted) return undefined;
    const configs = cell.definition.keys.map((key) => this.options.config(key));
    const ground = foundations.map((foundation, i) => rebuilt[i] ?? foundation.current);
    if (!isComplete(configs) || !isComplete(ground)) return undefined;
    const mask = this.options.maskFor(cell);
    try {
      const selected = cell.definition.select(configs.map(({ value }) => value));
      if (this.isSame(cell, selected) && rebuilt.every((generation) => generation === undefined)) {
        return undefined;
      }
      return await this.make(cell, selected, ground, mask);
    } catch (cause) {
      throw this.over.signal.aborted ? cause : this.refusal(cell, cause, mask);
    }
  }

  /** What another config's change asks of it as a foundation is not its own: `equals` may be stricter than that. */
  private isSame({ current, definition }: ResourceCell, selected: unknown): boolean {
    if (!current) return false;
    const { changed } = this.options;
    const isConcerned = changed !== undefined && definition.keys.includes(changed);
    return !isConcerned || definition.equals(current.selected, selected);
  }

  /** An instance that is given up is retired like any other, whatever its `verify` is still doing. */
  private async make(
    cell: ResourceCell,
    selected: unknown,
    ground: readonly Generation[],
    mask: (text: string) => string,
  ): Promise<Generation> {
    const { definition } = cell;
    const timeoutMs = definition.timeoutMs ?? this.options.timeoutMs;
    let made: Generation | undefined;
    let isGivenUp = false;
    const work = async (signal: AbortSignal): Promise<Generation> => {
      const context = contextOf(cell, selected, ground, signal);
      const instance = await definition.create(selected, context);
      made = new Generation(instance, selected, ground, () => this.dispose(cell, instance, mask));
      if (isGivenUp) void cell.retire(made);
      else await definition.verify?.(instance, { signal, previous: context.previous });
      return made;
    };
    const { key, revision } = this.options.cause;
    const late = (): Error =>
      new HotConfigTimeoutError(
        `it was not ready within ${timeoutMs} ms; raise timeoutMs, or honour context.signal in create`,
        { key, revision },
      );
    try {
      return await withDeadline(work, timeoutMs, this.over.signal, late);
    } catch (cause) {
      isGivenUp = true;
      if (made) void cell.retire(made);
      throw cause;
    }
  }

  /** Never rejects: an instance that cannot be disposed of is reported and abandoned. */
  private async dispose(
    cell: ResourceCell,
    instance: unknown,
    mask: (text: string) => string,
  ): Promise<void> {
    const { definition } = cell;
    const { disposeTimeoutMs, name } = definition;
    if (!definition.dispose) return;
    const late = (): Error => new HotConfigTimeoutError(`dispose did not end within ${disposeTimeoutMs} ms`);
    try {
      await withDeadline(
        () => definition.dispose?.(instance),
        disposeTimeoutMs,
        new AbortController().signal,
        late,
      );
    } catch (cause) {
      this.options.report({
        type: 'dispose-failed',
        resource: name,
        reason: maskedError(cause, mask).message,
      });
    }
  }

  private refusal(cell: ResourceCell, thrown: unknown, mask: (text: string) => string): RejectionError {
    const { name } = cell.definition;
    const { key, revision } = this.options.cause;
    const cause = maskedError(thrown, mask);
    const stays = cell.current
      ? `The value and ${name} in use before stay in force`
      : 'No instance is in use';
    const message = `${name} could not be built for "${key}" revision ${revision}: ${cause.message}. ${stays}; correct the document, or what it points at: it is retried at the next reconcile.`;
    return new RejectionError('prepare', new HotConfigResourceError(message, { key, revision, cause }));
  }
}

function contextOf(
  cell: ResourceCell,
  selected: unknown,
  ground: readonly Generation[],
  signal: AbortSignal,
): HotResourceContext<unknown> {
  const previous = cell.current?.selected;
  return {
    signal,
    previous,
    get diff() {
      // Its paths are not those of the documents, so nobody can tell what is sensitive: all of it may be.
      return diffValues(previous ?? (typeof selected === 'object' ? {} : undefined), selected, () => true);
    },
    resource<D>(token: unknown): D {
      const at = cell.definition.uses.indexOf(token);
      const used = ground[at];
      if (used) return used.instance as D;
      throw new TypeError(
        `${cell.definition.name} asks for ${nameOfToken(token)} without listing it in uses`,
      );
    },
  };
}

function isComplete<E>(list: (E | undefined)[]): list is E[] {
  return !list.includes(undefined);
}
