import { Global, Inject, Injectable, Logger, Module, type OnModuleDestroy } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { HotConfigSetupError, type DocumentSource, type SnapshotStore } from '../contract/index.js';
import { defaultStartPolicy, HotConfigEngine, type EngineEvent } from '../engine/index.js';
import { snapshotDirectory } from '../snapshot/index.js';
import { logEvent } from './change-log.js';
import { defaultSource } from './default-source.js';
import { HookExplorer } from './hook-explorer.js';
import { HotConfigService } from './hot-config.service.js';
import type { HotConfigModuleOptions } from './options.js';
import { HOT_CONFIG_ENGINE, HOT_CONFIG_OPTIONS, HOT_CONFIG_SOURCE_OVERRIDE } from './tokens.js';

async function startEngine(
  options: HotConfigModuleOptions | undefined,
  override: DocumentSource | undefined,
): Promise<HotConfigEngine> {
  if (!options && !override) {
    throw new HotConfigSetupError(
      'HotConfigModule.forFeature is used, but HotConfigModule.forRoot is not. Import HotConfigModule.forRoot() once, in the root module.',
    );
  }
  const { source, snapshot, startup, hookTimeoutMs = 10_000, shutdownGraceMs = 3_000 } = options ?? {};
  const logger = new Logger('HotConfig');
  const engine = new HotConfigEngine({
    source: override ?? source ?? (await defaultSource()),
    // A test must neither read nor write the last known good of the machine that it runs on.
    snapshots: override ? undefined : storeOf(snapshot),
    startup: { ...defaultStartPolicy, ...startup },
    hookTimeoutMs,
    graceMs: shutdownGraceMs,
    report: (event) => report(logger, event),
  });
  await engine.start();
  return engine;
}

/** An application may bring a logger that throws; a change of config must not fail on it. */
function report(logger: Logger, event: EngineEvent): void {
  try {
    logEvent(logger, event);
  } catch {
    // There is nowhere left to tell.
  }
}

function storeOf(snapshot: HotConfigModuleOptions['snapshot']): SnapshotStore | undefined {
  return snapshot && 'directory' in snapshot ? snapshotDirectory(snapshot) : snapshot;
}

/** @internal Refuses a second `forRoot`: which of the two options should count nobody could tell. */
@Injectable()
export class RootClaim {
  private claimed = false;

  claim(): void {
    if (this.claimed) {
      throw new HotConfigSetupError(
        'HotConfigModule.forRoot is imported twice. Import it once, in the root module.',
      );
    }
    this.claimed = true;
  }
}

/** @internal One engine per application, whoever imports what: Nest keeps a module without options only once. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [
    {
      provide: HOT_CONFIG_ENGINE,
      useFactory: startEngine,
      inject: [
        { token: HOT_CONFIG_OPTIONS, optional: true },
        { token: HOT_CONFIG_SOURCE_OVERRIDE, optional: true },
      ],
    },
    HotConfigService,
    HookExplorer,
    RootClaim,
  ],
  exports: [HOT_CONFIG_ENGINE, HotConfigService, HookExplorer, RootClaim],
})
export class HotConfigCoreModule implements OnModuleDestroy {
  constructor(@Inject(HotConfigService) private readonly service: HotConfigService) {}

  async onModuleDestroy(): Promise<void> {
    await this.service.close();
  }
}
