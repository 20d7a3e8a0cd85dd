import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HotConfigHealthModule } from 'nestjs-hot-config/health';
import { HotConfigMetricsModule } from 'nestjs-hot-config/metrics';
import { ConfigController } from './config.controller.js';
import { HealthController } from './health.controller.js';
import { LivenessController } from './liveness.controller.js';
import { MetricsController } from './metrics.controller.js';
import { ServiceLogger, serviceLogger } from './service-logger.js';

/** `GET /config`, `/health`, `/health/live` and `/metrics` of a sample service, and the logger that `runApplication` uses. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false }), HotConfigHealthModule, HotConfigMetricsModule],
  controllers: [ConfigController, HealthController, LivenessController, MetricsController],
  providers: [{ provide: ServiceLogger, useValue: serviceLogger }],
  exports: [ServiceLogger],
})
export class ServiceKitModule {}
