import { eventually } from '../../harness/eventually.mjs';
import type { HotConfigStatus } from '../../libs/hot-config/src/contract/index.js';
import { type Numbers, numbers } from '../../libs/hot-config/src/engine/engine.fixture.js';
import {
  type EngineEvent,
  type EngineOptions,
  HotConfigEngine,
  type KeyPipeline,
} from '../../libs/hot-config/src/engine/index.js';
import { type NatsSource, natsSource, type NatsSourceOptions } from '../../libs/hot-config/src/nats/index.js';

export interface BucketServiceOptions extends NatsSourceOptions {
  /** Default: a deadline that no test waits for, and no fallback. */
  readonly startup?: EngineOptions['startup'];
  readonly lastKnownGoodStore?: EngineOptions['lastKnownGoodStore'];
  /** The built-in `n`. */
  readonly fallbackNumber?: number;
}

/** The engine on a NATS source, as in a service, but without an application. It follows the key `app`. */
export class BucketService {
  readonly events: EngineEvent[] = [];
  readonly source: NatsSource;
  private readonly engine: HotConfigEngine;

  constructor({ startup, lastKnownGoodStore, fallbackNumber, ...options }: BucketServiceOptions) {
    this.source = natsSource({ requestTimeoutMs: 1_000, ...options });
    this.engine = new HotConfigEngine({
      source: this.source,
      lastKnownGoodStore,
      startup: startup ?? { timeoutMs: 60_000, fallback: [] },
      hookTimeoutMs: 10_000,
      graceMs: 1_000,
      report: (event) => this.events.push(event),
    });
    this.engine.register(numbers('app', fallbackNumber === undefined ? {} : { n: fallbackNumber }));
  }

  /** Rejects when no value is available, as the start policy decides. */
  async start(): Promise<void> {
    await this.engine.start();
    await this.engine.ready('app');
  }

  get value(): number {
    return (this.pipeline.snapshot.value as Numbers).n;
  }

  get status(): HotConfigStatus {
    return this.engine.status('app');
  }

  get pipeline(): KeyPipeline {
    return this.engine.pipeline('app');
  }

  /** Every `n` that was applied, in order. */
  get applied(): readonly number[] {
    return this.ofType('applied').map(({ snapshot }) => (snapshot.value as Numbers).n);
  }

  ofType<Type extends EngineEvent['type']>(type: Type): Extract<EngineEvent, { type: Type }>[] {
    return this.events.filter((event): event is never => event.type === type);
  }

  /** Reads from the store now. Resolves when the hooks have run. */
  refresh(): Promise<void> {
    return this.engine.refresh('app');
  }

  /** Waits for a condition on events or on the status. It also polls, because the status may change without an event. */
  async until(condition: () => boolean): Promise<void> {
    await eventually(condition, (holds) => holds);
  }

  serves(value: number): Promise<void> {
    return this.until(() => this.applied.at(-1) === value);
  }

  /** Resolves when nothing is being read or applied. */
  idle(): Promise<void> {
    return this.engine.idle();
  }

  stop(): Promise<void> {
    return this.engine.stop();
  }
}
