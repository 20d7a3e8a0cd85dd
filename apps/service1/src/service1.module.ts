import { Module } from '@nestjs/common';
import { HotConfigModule } from 'nestjs-hot-config';
import { hotConfigOptions, ServiceKitModule } from 'service-kit';
import { DatabaseController } from './database.controller.js';
import { DatabaseGuard } from './database.guard.js';
import { databasePool } from './database.pool.js';
import { LoggingFollower } from './logging.follower.js';
import { Service1Config } from './service1.config.js';
import { Service1Controller } from './service1.controller.js';

@Module({
  imports: [
    HotConfigModule.forRootAsync({ useFactory: () => hotConfigOptions('service1') }),
    HotConfigModule.forFeature([Service1Config]),
    ServiceKitModule,
  ],
  controllers: [Service1Controller, DatabaseController],
  providers: [LoggingFollower, DatabaseGuard, databasePool],
})
export class Service1Module {}
