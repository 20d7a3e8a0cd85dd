import { Module } from '@nestjs/common';
import { HotConfigModule } from 'nestjs-hot-config';
import { hotConfigOptions, ServiceKitModule } from 'service-kit';
import { DatabasePing } from './database.ping.js';
import { LoggingFollower } from './logging.follower.js';
import { QuoteModule } from './quote.module.js';
import { service2Config } from './service2.config.js';
import { Service2Controller } from './service2.controller.js';
import { UpstreamModule } from './upstream.module.js';

@Module({
  imports: [
    HotConfigModule.forRootAsync({ useFactory: () => hotConfigOptions('service2') }),
    HotConfigModule.forFeature([service2Config]),
    ServiceKitModule,
    QuoteModule,
    UpstreamModule,
  ],
  controllers: [Service2Controller],
  providers: [LoggingFollower, DatabasePing],
})
export class Service2Module {}
