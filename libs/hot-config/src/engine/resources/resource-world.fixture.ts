import type { HotResourceDefinition } from '../../contract/index.js';
import { MemorySource } from '../../testing/memory-source.js';
import { type Numbers, numbers, type Recorder, recorder } from '../engine.fixture.js';
import { type EngineOptions, HotConfigEngine } from '../hot-config-engine.js';
import { type Tool, type Workshop, workshop } from './resource.fixture.js';

const engines: HotConfigEngine[] = [];

/** For `afterEach`: stops every engine that `world` has started. */
export async function endWorlds(): Promise<void> {
  await Promise.all(
    engines.splice(0).map(async (engine) => {
      await engine.stop();
      await engine.disposeResources();
    }),
  );
}

export interface World {
  readonly source: MemorySource;
  readonly engine: HotConfigEngine;
  readonly recorded: Recorder;
  readonly shop: Workshop;
}

/** An engine with `numbers` and `others`, and the given resources. */
export async function world(
  resources: (shop: Workshop) => readonly HotResourceDefinition<Tool, unknown>[],
  documents: Record<string, object> = { numbers: { n: 1 }, others: { n: 10 } },
  options: Partial<EngineOptions> = {},
): Promise<World> {
  const shop = workshop();
  const source = new MemorySource(documents);
  const recorded = recorder();
  const engine = new HotConfigEngine({
    source,
    lastKnownGoodStore: undefined,
    startup: { timeoutMs: 2_000, fallback: [] },
    hookTimeoutMs: 5_000,
    graceMs: 1_000,
    report: recorded.report,
    ...options,
  });
  engines.push(engine);
  for (const resource of resources(shop)) engine.resources.add(resource);
  for (const key of Object.keys(documents)) engine.register(numbers(key, { n: 0 }));
  await engine.start();
  await Promise.all(Object.keys(documents).map((key) => engine.ready(key)));
  return { source, engine, recorded, shop };
}

export function inUse({ engine }: Pick<World, 'engine'>, name: string): Tool {
  const slot = engine.resources.all().find(({ definition }) => definition.name === name);
  return slot?.current?.instance as Tool;
}

export async function change({ source, engine }: World, key: string, content: object): Promise<void> {
  source.put(key, content);
  await engine.idle();
}

export const value = ({ engine }: World, key = 'numbers'): Numbers =>
  engine.pipeline(key).snapshot.value as Numbers;
