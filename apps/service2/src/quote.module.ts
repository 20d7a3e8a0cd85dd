import { Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { getHotConfigToken, HotConfigModule, type HotConfigRef } from 'nestjs-hot-config';
import { QuoteController } from './quote.controller.js';
import { type Service2Config, service2Config } from './service2.config.js';

@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      imports: [HotConfigModule.forFeature([service2Config])],
      inject: [getHotConfigToken(service2Config)],
      // Functions: the guard calls them for each request.
      useFactory: (config: HotConfigRef<Service2Config>) => [
        {
          limit: () => config.value.limits.requests,
          ttl: () => config.value.limits.seconds * 1_000,
          // No block: a client over the limit is served again as soon as the limit is raised.
          blockDuration: 0,
        },
      ],
    }),
  ],
  controllers: [QuoteController],
})
export class QuoteModule {}
