// A service whose hooks are slow, throw, veto or hang as its document asks, with short bounds, which a soak reaches.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HotConfigModule } from 'nestjs-hot-config';
import { natsSource } from 'nestjs-hot-config/nats';
import { env, runHttpApplication, ServiceKitModule } from 'service-kit';
import { hooked, steady } from './documents.mjs';
import { MisbehavingHooks, RecordingHook } from './hooks.mjs';
import { ReadingController } from './reading.controller.mjs';

class ChaosServiceModule {}

Module({
  imports: [
    HotConfigModule.forRoot({
      source: natsSource({
        servers: env('NATS_URL') ?? '',
        bucket: env('CONFIG_BUCKET') ?? 'configs',
        name: 'chaos-service',
        reconcileMs: Number(env('RECONCILE_MS')),
        staleAfterMs: Number(env('STALE_AFTER_MS')),
      }),
      lastKnownGood: { directory: env('LAST_KNOWN_GOOD_DIR') ?? 'last-known-good' },
      startup: { timeoutMs: 5_000 },
      hookTimeoutMs: 1_000,
    }),
    HotConfigModule.forFeature([hooked, steady]),
    ServiceKitModule,
  ],
  controllers: [ReadingController],
  providers: [MisbehavingHooks, RecordingHook],
})(ChaosServiceModule);

await runHttpApplication(() => NestFactory.create(ChaosServiceModule, { abortOnError: false }), {
  defaultPort: 3004,
});
