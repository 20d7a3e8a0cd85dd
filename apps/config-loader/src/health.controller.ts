import { Controller, Get, Inject } from '@nestjs/common';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { ConfigLoader } from './config-loader.js';
import type { DocumentState } from './document-report.js';

@Controller('health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(ConfigLoader) private readonly loader: ConfigLoader,
  ) {}

  /**
   * 200 while files and bucket can be reached, else 503 with the reason: alive, but not ready. `degraded` (200): a file is rejected,
   * changes of files are not announced, or the directory has none of the bucket's documents.
   */
  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check([
      () => {
        const indicator = this.indicators.check('configLoader');
        const { problem, delay, notes } = this.loader.status();
        const reports = this.loader.reports();
        const inState = (wanted: DocumentState): string[] =>
          reports.filter(({ state }) => state === wanted).map(({ key }) => key);
        const [rejected, orphaned] = [inState('rejected'), inState('orphaned')];
        // One file may be missing on purpose. When all are missing, the directory is wrong or not mounted.
        const isEmptied = reports.length > 0 && orphaned.length === reports.length;
        const details = {
          notes: delay === undefined ? notes : [delay, ...notes],
          rejected,
          orphaned,
          waiting: inState('waiting'),
        };
        if (problem !== undefined) return indicator.down({ ...details, problem });
        return rejected.length > 0 || isEmptied || delay !== undefined
          ? indicator.degraded(details)
          : indicator.up(details);
      },
    ]);
  }
}
