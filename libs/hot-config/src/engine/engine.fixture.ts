import type { HotConfigDefinition, PlainObject, SourceDocument } from '../contract/index.js';
import type { EngineEvent } from './events.js';

export interface Numbers {
  readonly n: number;
  readonly deep?: { readonly list: readonly number[] };
  readonly secret?: string;
  readonly boot?: number;
}

/** Accepts a document whose `n` is a number. `secret` is sensitive, `boot` needs a restart. */
export function numbers(key = 'numbers', defaults: PlainObject = {}): HotConfigDefinition<Numbers> {
  return {
    key,
    defaults,
    validate: (document) =>
      Promise.resolve(
        typeof document['n'] === 'number'
          ? { accepted: true, value: { ...document } as unknown as Numbers }
          : { accepted: false, issues: [{ path: 'n', message: 'must be a number' }] },
      ),
    isSensitive: (_value, path) => path[0] === 'secret',
    holdsSensitive: (path) => path.length === 0,
    needsRestart: (_value, path) => path[0] === 'boot',
  };
}

/** A document as a bucket returns it. */
export function documentOf(
  content: object | string,
  revision: number,
  extra: Partial<SourceDocument> = {},
): SourceDocument {
  return {
    key: 'numbers',
    bytes: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
    contentType: typeof content === 'string' ? undefined : 'application/json',
    revision,
    epoch: 'one',
    origin: 'test',
    publishedAt: undefined,
    ...extra,
  };
}

export interface Recorder {
  readonly events: EngineEvent[];
  readonly report: (event: EngineEvent) => void;
  ofType<Type extends EngineEvent['type']>(type: Type): Extract<EngineEvent, { type: Type }>[];
}

export function recorder(): Recorder {
  const events: EngineEvent[] = [];
  return {
    events,
    report: (event) => events.push(event),
    ofType: (type) => events.filter((event): event is never => event.type === type),
  };
}

/** A promise and the function that resolves it. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open: () => open() };
}
