import {
  HotConfigSetupError,
  type HotConfigDefinition,
  type HotConfigSnapshot,
  type HotResourceDefinition,
} from '../contract/index.js';
import type { Report } from './events.js';
import { KeyLocks } from '../async/key-locks.js';
import { nameOfToken } from './name-of-token.js';
import { maskOf } from '../redaction/index.js';
import { ResourceBuild, type Replacement } from './resource-build.js';
import { ResourceCell } from './resource-cell.js';

/** A registered config, as far as resources are built from it. */
export interface ResourceGround {
  readonly current: { readonly applied: HotConfigSnapshot<object> | undefined };
  readonly definition: Pick<HotConfigDefinition, 'isSensitive' | 'holdsSensitive'>;
}

export interface ResourceSetOptions {
  /** Undefined for a key that is not registered. */
  readonly config: (key: string) => ResourceGround | undefined;
  /** Milliseconds for a build that sets no time of its own. */
  readonly timeoutMs: number;
  readonly report: Report;
  /** Aborted when the engine stops. */
  readonly stopped: AbortSignal;
}

/** The resources of one change: built, but not in use yet. Either of the two is called, once. */
export interface PreparedResources {
  /** Puts all of them to use, in one step. */
  swap(): SwappedResources;
  discard(): void;
}

/** What a change has put to use. Either of the two is called, once, when it is known whether the change stands. */
export interface SwappedResources {
  /** The change stands: what was replaced is drained and disposed of. */
  keep(): void;
  /** The change is taken back: what was replaced is in use again. */
  undo(): void;
}

/** The right to change one key, with the resources that are built from it, themselves or by what they are built on. */
export interface Turn {
  readonly cells: readonly ResourceCell[];
  /** Lets the next one in. */
  readonly end: () => void;
}

/** All hot resources of one engine. */
export class ResourceSet {
  private readonly cells = new Map<unknown, ResourceCell>();
  private readonly locks = new KeyLocks();

  constructor(private readonly options: ResourceSetOptions) {}

  /** The same definition may be added often; two definitions for one token are an error. */
  add(definition: HotResourceDefinition): ResourceCell {
    const known = this.cells.get(definition.token);
    if (known && known.definition !== definition) {
      throw new HotConfigSetupError(
        `Two different hot resources are provided as ${definition.name}. Declare it once and list that declaration everywhere, or give each a token of its own.`,
      );
    }
    if (known) return known;
    const cell = new ResourceCell(definition);
    this.cells.set(definition.token, cell);
    try {
      this.refuseCircle(cell, []);
    } catch (error) {
      this.cells.delete(definition.token);
      throw error;
    }
    return cell;
  }

  all(): readonly ResourceCell[] {
    return [...this.cells.values()];
  }

  /**
   * Resolves when nobody else changes this key, nor another that a resource is built from together with it: it would be
   * built from a mix of old and new.
   */
  async turn(key: string): Promise<Turn> {
    // Those that are added while it waits come after it: their keys are not held.
    const cells = this.all().filter((cell) => this.keysOf(cell).has(key));
    const end = await this.locks.take([key, ...cells.flatMap((cell) => [...this.keysOf(cell)])]);
    // One that failed was let go. Who waited before may have added it again, with success: another cell of the same keys.
    const definitions = new Set(cells.map(({ definition }) => definition));
    const isConcerned = (cell: ResourceCell): boolean =>
      cells.includes(cell) || (cell.current !== undefined && definitions.has(cell.definition));
    return { cells: this.all().filter(isConcerned), end };
  }

  /** Builds what the candidate asks for. Throws `RejectionError`, after everything that was built is given up. */
  prepare(candidate: HotConfigSnapshot<object>, { cells }: Turn): Promise<PreparedResources> {
    return this.build(cells, candidate.key, candidate);
  }

  /** Adds a resource whose configs have their values, and builds it. One that fails is let go again. */
  async bringUp(definition: HotResourceDefinition): Promise<ResourceCell> {
    const added = this.add(definition);
    if (added.current) return added;
    let release = (): void => undefined;
    try {
      const keys = [...this.keysOf(added)];
      release = await this.locks.take(keys);
      // Whoever held the lock may have failed to build it, and have let it go.
      const cell = this.add(definition);
      if (!cell.current) (await this.build([cell], keys[0] ?? '', undefined)).swap().keep();
      return cell;
    } catch (error) {
      if (this.cells.get(definition.token)?.definition === definition) this.cells.delete(definition.token);
      throw error;
    } finally {
      release();
    }
  }

  /** Resolves when no change is under way. */
  settled(): Promise<void> {
    return this.locks.idle();
  }

  /** Resolves when what nobody holds any more is disposed of. */
  async idle(): Promise<void> {
    for (;;) {
      const underWay = this.all().flatMap((cell) => cell.underWay());
      if (underWay.length === 0) return;
      await Promise.all(underWay);
    }
  }

  /** Disposes of everything, what was built on others first. Leases get `drainMs` to end. */
  async end(drainMs: number): Promise<void> {
    await Promise.all(this.all().map((cell) => cell.end(drainMs)));
  }

  private async build(
    cells: readonly ResourceCell[],
    key: string,
    candidate: HotConfigSnapshot<object> | undefined,
  ): Promise<PreparedResources> {
    const { config, timeoutMs, report, stopped } = this.options;
    const snapshotOf = (name: string): HotConfigSnapshot<object> | undefined =>
      candidate?.key === name ? candidate : config(name)?.current.applied;
    const build = new ResourceBuild({
      config: snapshotOf,
      maskFor: (cell) => {
        const masks = [...this.keysOf(cell)].flatMap((name) => {
          const ground = config(name);
          return ground
            ? [maskOf(ground.definition, snapshotOf(name)?.value, ground.current.applied?.value)]
            : [];
        });
        return (text) => masks.reduce((shown, mask) => mask(shown), text);
      },
      foundationsOf: (cell) => this.foundationsOf(cell),
      changed: candidate?.key,
      cause: { key, revision: snapshotOf(key)?.revision ?? 0 },
      timeoutMs,
      report,
      stopped,
    });
    const made = await build.run(cells);
    return { swap: () => swap(made), discard: () => discard(made) };
  }

  private keysOf(cell: ResourceCell): ReadonlySet<string> {
    const below = this.foundationsOf(cell).flatMap((foundation) => [...this.keysOf(foundation)]);
    return new Set([...cell.definition.keys, ...below]);
  }

  /** The one that closes a circle is the last to be added. */
  private refuseCircle(cell: ResourceCell, path: readonly ResourceCell[]): void {
    if (path[0] === cell) {
      const names = [...path, cell].map(({ definition }) => definition.name).join(' → ');
      throw new HotConfigSetupError(`Circular dependency between hot resources: ${names}.`);
    }
    for (const token of cell.definition.uses) {
      const foundation = this.cells.get(token);
      if (foundation) this.refuseCircle(foundation, [...path, cell]);
    }
  }

  private foundationsOf(cell: ResourceCell): readonly ResourceCell[] {
    return cell.definition.uses.map((token) => {
      const foundation = this.cells.get(token);
      if (foundation) return foundation;
      throw new HotConfigSetupError(
        `${cell.definition.name} lists ${nameOfToken(token)} in "uses", but no hot resource is provided under that token. Provide it with hotResource in an imported module.`,
      );
    });
  }
}

/** For a pipeline of its own, outside an engine. */
export function noResources(stopped: AbortSignal): ResourceSet {
  return new ResourceSet({ config: () => undefined, timeoutMs: 0, report: () => undefined, stopped });
}

function swap(made: readonly Replacement[]): SwappedResources {
  const replaced = made.map(({ cell, next }) => {
    const before = cell.current;
    cell.current = next;
    return { cell, next, before };
  });
  return {
    keep: () => {
      for (const { cell, before } of replaced) if (before) void cell.retire(before);
    },
    undo: () => {
      for (const { cell, next, before } of replaced) {
        cell.current = before;
        void cell.retire(next);
      }
    },
  };
}

function discard(made: readonly Replacement[]): void {
  for (const { cell, next } of made) void cell.retire(next);
}
