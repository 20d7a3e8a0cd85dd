import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { HotConfig, type HotConfigRef, OnHotConfigChange } from 'nestjs-hot-config';
import { Report } from './report.js';
import { ShopConfig } from './shop.config.js';

@Injectable()
export class ReportSchedule implements OnApplicationBootstrap {
  constructor(
    @HotConfig(ShopConfig) private readonly config: HotConfigRef<ShopConfig>,
    @Inject(SchedulerRegistry) private readonly registry: SchedulerRegistry,
    @Inject(Report) private readonly report: Report,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  @OnHotConfigChange(ShopConfig, { path: 'report.schedule' })
  schedule(): void {
    if (this.registry.doesExist('cron', 'report')) this.registry.deleteCronJob('report');
    const { schedule: cronTime } = this.config.value.report;
    const onTick = (): Promise<void> => this.report.send();
    this.registry.addCronJob('report', CronJob.from({ cronTime, onTick, start: true }));
  }
}
