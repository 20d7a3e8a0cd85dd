import type { HotResourceDefinition } from '../../contract/index.js';
import type { Numbers } from '../engine.fixture.js';

/** What `workshop` builds. */
export interface Tool {
  readonly of: string;
  readonly made: unknown;
  readonly on: readonly Tool[];
  isOpen: boolean;
}

export interface Workshop {
  /** The events in order: `create pool 1`, `dispose pool 1`. */
  readonly journal: string[];
  /** All tools that were created. */
  readonly tools: Tool[];
  open(): readonly Tool[];
  /** A resource on `n` of these keys, or on the parts that `select` returns. */
  resource(
    name: string,
    parts?: Partial<HotResourceDefinition<Tool, unknown>>,
  ): HotResourceDefinition<Tool, unknown>;
}

/** Makes definitions whose instances write their creation and disposal into a journal. */
export function workshop(): Workshop {
  const journal: string[] = [];
  const tools: Tool[] = [];
  return {
    journal,
    tools,
    open: () => tools.filter((tool) => tool.isOpen),
    resource: (name, parts = {}) => ({
      token: name,
      name,
      keys: ['numbers'],
      uses: [],
      select: (values) => values.map((value) => (value as Numbers).n).join('+'),
      equals: (previous, current) => previous === current,
      create: (made, { resource }) => {
        const on = (parts.uses ?? []).map((token) => resource<Tool>(token));
        const tool = { of: name, made, on, isOpen: true };
        tools.push(tool);
        journal.push(`create ${name} ${String(made)}`);
        return tool;
      },
      dispose: (tool) => {
        tool.isOpen = false;
        journal.push(`dispose ${name} ${String(tool.made)}`);
      },
      timeoutMs: undefined,
      drainMs: 60_000,
      disposeTimeoutMs: 5_000,
      ...parts,
    }),
  };
}
