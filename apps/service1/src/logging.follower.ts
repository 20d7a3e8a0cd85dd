import { Inject, Injectable } from '@nestjs/common';
import {
  HotConfig,
  type HotConfigChange,
  type HotConfigRef,
  type OnHotConfigChange,
} from 'nestjs-hot-config';
import { ServiceLogger } from 'service-kit';
import { Service1Config } from './service1.config.js';

/** A lifecycle interface is enough: every provider that implements it is called on each change. */
@Injectable()
export class LoggingFollower implements OnHotConfigChange {
  constructor(
    @HotConfig(Service1Config) config: HotConfigRef<Service1Config>,
    @Inject(ServiceLogger) private readonly logger: ServiceLogger,
  ) {
    logger.follow(config.value.logging);
  }

  onHotConfigChange(change: HotConfigChange<Service1Config>): void {
    if (change.key !== 'service1' || !change.has('logging')) return;
    const { level, format } = change.current.logging;
    this.logger.log(`From here on ${level} and above, as ${format}`, LoggingFollower.name);
    this.logger.follow(change.current.logging);
  }
}
