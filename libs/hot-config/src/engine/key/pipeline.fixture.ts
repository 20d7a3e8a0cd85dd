import type { HotConfigDefinition, HotConfigStatus, LastKnownGoodDocument } from '../../contract/index.js';
import { documentOf, type Numbers, numbers, type Recorder, recorder } from '../engine.fixture.js';
import { noResources } from '../resources/resource-set.js';
import { KeyPipeline } from './key-pipeline.js';

interface Setting {
  readonly definition?: HotConfigDefinition<Numbers>;
  readonly hookTimeoutMs?: number;
  readonly save?: (stored: LastKnownGoodDocument) => Promise<void>;
  readonly variables?: Record<string, string | undefined>;
}

interface TestPipeline {
  readonly pipeline: KeyPipeline<Numbers>;
  readonly recorded: Recorder;
  readonly stop: () => void;
}

/** The pipeline of one key, without an engine. */
export function setUp(setting: Setting = {}): TestPipeline {
  const recorded = recorder();
  const stopping = new AbortController();
  const pipeline = new KeyPipeline(setting.definition ?? numbers(), {
    staleAfterMs: 60_000,
    hookTimeoutMs: setting.hookTimeoutMs ?? 5_000,
    lastKnownGoodStore: setting.save && {
      name: 'disk',
      load: () => Promise.resolve(undefined),
      save: setting.save,
    },
    variables: setting.variables,
    report: recorded.report,
    resources: noResources(stopping.signal),
    stopped: stopping.signal,
  });
  return { pipeline, recorded, stop: () => stopping.abort(new Error('stopped')) };
}

export function fail(): never {
  throw new Error('cannot be read');
}

export function status(pipeline: KeyPipeline<Numbers>): HotConfigStatus {
  return pipeline.status({ name: 'test', up: true, since: new Date(), reason: undefined, notes: [] });
}

/** Offers a document, and waits until it was handled and all hooks have ended. */
export async function applied(
  pipeline: KeyPipeline<Numbers>,
  content: object | string,
  revision: number,
): Promise<void> {
  pipeline.offer(documentOf(content, revision));
  await pipeline.idle();
}
