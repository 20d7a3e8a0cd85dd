import { type DynamicModule, Inject, Injectable, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { HotConfigSetupError } from '../contract/index.js';
import { nearestName } from '../document/index.js';
import type { HotConfigEngine } from '../engine/index.js';
import {
  HookExplorer,
  HOT_CONFIG_ENGINE,
  HOT_CONFIG_SOURCE_OVERRIDE,
  HotConfigCoreModule,
} from '../nest/index.js';
import { type HotConfigTarget, keyOf } from '../schema/index.js';
import { MemorySource } from './memory-source.js';

/** The keys of the documents that a test starts with. */
const GIVEN_KEYS = Symbol('GIVEN_KEYS');

/** The store of a test. Get it from the testing module: `app.get(HotConfigTestStore)`. */
@Injectable()
export class HotConfigTestStore implements OnApplicationBootstrap {
  /** @internal Nest calls it. */
  constructor(
    @Inject(HOT_CONFIG_SOURCE_OVERRIDE) private readonly source: MemorySource,
    @Inject(HOT_CONFIG_ENGINE) private readonly engine: HotConfigEngine,
    @Inject(HookExplorer) private readonly explorer: HookExplorer,
    @Inject(GIVEN_KEYS) private readonly given: readonly string[],
  ) {}

  /** @throws HotConfigSetupError for a document whose key looks like a misspelt registered key */
  onApplicationBootstrap(): void {
    const registered = this.engine.keys();
    const without = registered.filter((key) => !this.given.includes(key));
    for (const key of this.given.filter((each) => !registered.includes(each))) {
      const meant = nearestName(key, without);
      if (meant === undefined) continue;
      throw new HotConfigSetupError(
        `HotConfigTestingModule.forRoot is given a document "${key}", which no forFeature declares; did you mean "${meant}"?`,
      );
    }
  }

  /**
   * Publishes a document. Resolves when it is applied or rejected and the hooks have run; look at the ref's status.
   *
   * @throws HotConfigNotRegisteredError
   */
  set(target: HotConfigTarget, document: object): Promise<void> {
    return this.publish(target, document);
  }

  /** Publishes this exact text, YAML or JSON, valid or not. */
  setRaw(target: HotConfigTarget, text: string): Promise<void> {
    return this.publish(target, text);
  }

  /** Removes the document from the store. What is applied stays in force. */
  async remove(target: HotConfigTarget): Promise<void> {
    this.source.remove(this.registered(target));
    await this.settle();
  }

  /** Cuts the link to the store, as an outage does. What is set meanwhile is applied after `reconnect`. */
  disconnect(): void {
    this.source.disconnect();
  }

  /** Heals the link. Resolves when the application has caught up. */
  async reconnect(): Promise<void> {
    this.source.reconnect();
    await this.settle();
  }

  private async publish(target: HotConfigTarget, document: object | string): Promise<void> {
    // A test may compile the module without initializing the application, and its hooks must run all the same.
    this.onApplicationBootstrap();
    this.explorer.attach();
    this.source.put(this.registered(target), document);
    await this.settle();
  }

  /** A misspelt key would make a test pass that proves nothing. */
  private registered(target: HotConfigTarget): string {
    return this.engine.pipeline(keyOf(target)).key;
  }

  private async settle(): Promise<void> {
    await this.engine.idle();
  }
}

/**
 * Import it beside the modules under test: memory replaces the source that they configure, and no broker, file or
 * last known good is touched. Works without a `forRoot` too.
 */
@Module({})
export class HotConfigTestingModule {
  static forRoot(documents: Readonly<Record<string, object | string>> = {}): DynamicModule {
    return {
      module: HotConfigTestingModule,
      global: true,
      imports: [HotConfigCoreModule],
      providers: [
        {
          provide: HOT_CONFIG_SOURCE_OVERRIDE,
          // Complete, so that no start waits for a missing document, and a rejected document fails the start instead of becoming defaults.
          useFactory: () => new MemorySource(documents, { isComplete: true }),
        },
        { provide: GIVEN_KEYS, useValue: Object.keys(documents) },
        HotConfigTestStore,
      ],
      exports: [HOT_CONFIG_SOURCE_OVERRIDE, HotConfigTestStore],
    };
  }
}
