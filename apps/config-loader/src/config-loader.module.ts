import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { natsPublisher } from 'nestjs-hot-config/publisher';
import { configFiles, env, LivenessController, replicas, wholeNumber } from 'service-kit';
import { COMPARE_EVERY_MS, CONFIG_FILES, CONFIG_PUBLISHER, ConfigLoader } from './config-loader.js';
import { DocumentsController } from './documents.controller.js';
import { HealthController } from './health.controller.js';

@Module({
  // The loader logs a lost connection once; terminus would log it at each probe.
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [DocumentsController, HealthController, LivenessController],
  providers: [
    { provide: CONFIG_FILES, useFactory: configFiles },
    {
      provide: CONFIG_PUBLISHER,
      useFactory: () =>
        natsPublisher({
          servers: env('NATS_URL') ?? 'nats://127.0.0.1:4222',
          bucket: env('CONFIG_BUCKET') ?? 'configs',
          replicas: replicas('CONFIG_REPLICAS'),
          name: 'config-loader',
        }),
    },
    {
      provide: COMPARE_EVERY_MS,
      useFactory: () => wholeNumber('COMPARE_EVERY_MS', 30_000, 100, 3_600_000),
    },
    ConfigLoader,
  ],
})
export class ConfigLoaderModule {}
