import { Module } from '@nestjs/common';
import { HotConfigModule } from 'nestjs-hot-config';
import { hotConfigOptions, ServiceKitModule } from 'service-kit';
import { LoggingFollower } from './logging.follower.js';
import { service2Config } from './service2.config.js';
import { Service2Controller } from './service2.controller.js';

@Module({
  imports: [
    HotConfigModule.forRootAsync({ useFactory: () => hotConfigOptions('service2') }),
    HotConfigModule.forFeature([service2Config]),
    ServiceKitModule,
  ],
  controllers: [Service2Controller],
  providers: [LoggingFollower],
})
export class Service2Module {}
