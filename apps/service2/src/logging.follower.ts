import { Inject, Injectable } from '@nestjs/common';
import { HotConfig, type HotConfigChange, type HotConfigRef, OnHotConfigChange } from 'nestjs-hot-config';
import { ServiceLogger } from 'service-kit';
import { type Service2Config, service2Config } from './service2.config.js';

/** A decorated method is called only for changes of the part that it names. */
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
