import { Controller, Get, Inject } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
} from '@nestjs/terminus';
import { ConfigLoader } from './config-loader.js';

@Controller('health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(ConfigLoader) private readonly loader: ConfigLoader,
  ) {}

  /** 200 when files and bucket can be reached, else 503 with the reason: alive, but not ready. A refused file is `degraded`. */
  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check([
      () => {
        const indicator = this.indicators.check('configLoader');
        const { problem, notes } = this.loader.condition();
        const refused = this.loader.reports().filter(({ state }) => state === 'rejected');
        const details = { notes, rejected: refused.map(({ key }) => key) };
        if (problem !== undefined) return indicator.down({ ...details, problem });
        return refused.length > 0 ? indicator.degraded(details) : indicator.up(details);
      },
    ]);
  }
}
