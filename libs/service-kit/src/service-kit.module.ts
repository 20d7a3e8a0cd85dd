import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HotConfigHealthModule } from 'nestjs-hot-config/health';
import { ConfigController } from './config.controller.js';
import { HealthController } from './health.controller.js';
import { LivenessController } from './liveness.controller.js';
import { ServiceLogger, serviceLogger } from './service-logger.js';

/** `GET /config`, `GET /health` and `GET /health/live` of a sample service, and the logger that `runApplication` made the process's. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false }), HotConfigHealthModule],
  controllers: [ConfigController, HealthController, LivenessController],
  providers: [{ provide: ServiceLogger, useValue: serviceLogger }],
  exports: [ServiceLogger],
})
export class ServiceKitModule {}
