import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { HotConfigModule } from 'nestjs-hot-config';
import { hotConfigOptions, ServiceKitModule } from 'service-kit';
import { ConfigObserver } from './config.observer.js';
import { DatabaseController } from './database.controller.js';
import { databasePool } from './database.pool.js';
import { Heartbeat } from './heartbeat.js';
import { NatsTransport } from './nats.transport.js';
import { Service3Config } from './service3.config.js';
import { Service3Controller } from './service3.controller.js';

@Module({
  imports: [
    HotConfigModule.forRootAsync({ useFactory: () => hotConfigOptions('service3') }),
    HotConfigModule.forFeature([Service3Config]),
    ScheduleModule.forRoot(),
    ServiceKitModule,
  ],
  controllers: [Service3Controller, DatabaseController],
  providers: [ConfigObserver, databasePool, Heartbeat, NatsTransport],
})
export class Service3Module {}
