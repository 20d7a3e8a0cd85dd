import {
  Global,
  Inject,
  Module,
  type NestModule,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { EventFeed } from './event-feed.js';
import { HookExplorer } from './hook-explorer.js';
import { HotConfigRuntime } from './hot-config.runtime.js';
import { HotConfigService } from './hot-config.service.js';
import { RequestPinning } from './request-pinning.js';
import { startEngine } from './start-engine.js';
import {
  HOT_CONFIG_ENGINE,
  HOT_CONFIG_OPTIONS,
  HOT_CONFIG_RUNTIME,
  HOT_CONFIG_SOURCE_OVERRIDE,
} from './tokens.js';

/** One engine per application, whichever modules import it: Nest keeps a module without options only once. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [
    EventFeed,
    {
      provide: HOT_CONFIG_ENGINE,
      useFactory: startEngine,
      inject: [
        DiscoveryService,
        EventFeed,
        { token: HOT_CONFIG_OPTIONS, optional: true },
        { token: HOT_CONFIG_SOURCE_OVERRIDE, optional: true },
      ],
    },
    { provide: HOT_CONFIG_RUNTIME, useClass: HotConfigRuntime },
    HotConfigService,
    HookExplorer,
    RequestPinning,
  ],
  exports: [HOT_CONFIG_ENGINE, HOT_CONFIG_RUNTIME, HotConfigService, EventFeed, HookExplorer],
})
export class HotConfigCoreModule implements NestModule, OnModuleInit, OnModuleDestroy, OnApplicationShutdown {
  constructor(
    @Inject(HOT_CONFIG_RUNTIME) private readonly runtime: HotConfigRuntime,
    @Inject(RequestPinning) private readonly pinning: RequestPinning,
  ) {}

  /** Nest calls this before it registers the routes. */
  configure(): void {
    this.pinning.attach();
  }

  /** Before the `onModuleInit` of other modules, which may load a module lazily that fails. */
  onModuleInit(): void {
    this.runtime.markStarted();
  }

  async onModuleDestroy(): Promise<void> {
    await this.runtime.stop();
  }

  /** Hot resources are disposed of only now, because the servers have ended their requests, which use them. */
  async onApplicationShutdown(): Promise<void> {
    await this.runtime.close();
  }
}
