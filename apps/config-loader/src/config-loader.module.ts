import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { fileSource } from 'nestjs-hot-config/file';
import { natsPublisher } from 'nestjs-hot-config/publisher';
import { env } from 'service-kit';
import { ConfigLoader, CONFIG_FILES, CONFIG_PUBLISHER } from './config-loader.js';
import { DocumentsController } from './documents.controller.js';
import { HealthController } from './health.controller.js';

@Module({
  // The link's own line tells once what terminus would log at each probe.
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [DocumentsController, HealthController],
  providers: [
    { provide: CONFIG_FILES, useFactory: () => fileSource({ directory: env('CONFIG_DIR') ?? 'configs' }) },
    {
      provide: CONFIG_PUBLISHER,
      useFactory: () =>
        natsPublisher({
          servers: env('NATS_URL') ?? 'nats://127.0.0.1:4222',
          bucket: env('CONFIG_BUCKET') ?? 'configs',
          name: 'config-loader',
        }),
    },
    ConfigLoader,
  ],
})
export class ConfigLoaderModule {}
