import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { HotConfig, type HotConfigRef, OnHotConfigChange } from 'nestjs-hot-config';
import { Service3Config } from './service3.config.js';

@Injectable()
export class Heartbeat implements OnApplicationBootstrap {
  private readonly logger = new Logger('Heartbeat');

  constructor(
    @HotConfig(Service3Config) private readonly config: HotConfigRef<Service3Config>,
    @Inject(SchedulerRegistry) private readonly registry: SchedulerRegistry,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  @OnHotConfigChange(Service3Config, { path: 'schedule.every_seconds' })
  schedule(): void {
    if (this.registry.doesExist('interval', 'heartbeat')) this.registry.deleteInterval('heartbeat');
    const ms = this.config.value.schedule.every_seconds * 1_000;
    const beat = (): void => this.logger.log(`alive, at revision ${this.config.snapshot.revision}`);
    this.registry.addInterval('heartbeat', setInterval(beat, ms));
  }
}
