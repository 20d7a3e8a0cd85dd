import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HotConfigHealthModule } from 'nestjs-hot-config/health';
import { ConfigController } from './config.controller.js';
import { HealthController } from './health.controller.js';
import { ServiceLogger, serviceLogger } from './service-logger.js';

/** `GET /config` and `GET /health` of a sample service, and the logger that `runApplication` made the process's. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false }), HotConfigHealthModule],
  controllers: [ConfigController, HealthController],
  providers: [{ provide: ServiceLogger, useValue: serviceLogger }],
  exports: [ServiceLogger],
})
export class ServiceKitModule {}
