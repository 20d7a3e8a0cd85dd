import { Module } from '@nestjs/common';
import { HotConfigModule } from 'nestjs-hot-config';
import { service2Config } from './service2.config.js';
import { upstreamAgent, UpstreamClient } from './upstream.client.js';
import { UpstreamController } from './upstream.controller.js';

@Module({
  imports: [HotConfigModule.forFeature([service2Config])],
  controllers: [UpstreamController],
  providers: [upstreamAgent, UpstreamClient],
})
export class UpstreamModule {}
