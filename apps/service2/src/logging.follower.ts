import { Inject, Injectable } from '@nestjs/common';
import { HotConfig, OnHotConfigChange, type HotConfigChange, type HotConfigRef } from 'nestjs-hot-config';
import { ServiceLogger } from 'service-kit';
import { service2Config, type Service2Config } from './service2.config.js';

/** A decorated method hears only of the part that it names. */
@Injectable()
export class LoggingFollower {
  constructor(
    @HotConfig(service2Config) config: HotConfigRef<Service2Config>,
    @Inject(ServiceLogger) private readonly logger: ServiceLogger,
  ) {
    logger.follow(config.value.logging);
  }

  @OnHotConfigChange(service2Config, { path: 'logging' })
  relog({ current }: HotConfigChange<Service2Config>): void {
    const { level, format } = current.logging;
    this.logger.log(`From here on ${level} and above, as ${format}`, LoggingFollower.name);
    this.logger.follow(current.logging);
  }
}
