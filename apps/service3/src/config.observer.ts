import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HotConfig, type HotConfigRef } from 'nestjs-hot-config';
import { map, type Subscription } from 'rxjs';
import { ServiceLogger } from 'service-kit';
import { Service3Config } from './service3.config.js';

/** Observables: the current value first, then each new one. */
@Injectable()
export class ConfigObserver implements OnModuleInit, OnModuleDestroy {
  private readonly nest = new Logger('ConfigObserver');
  private subscription: Subscription | undefined;

  constructor(
    @HotConfig(Service3Config) private readonly config: HotConfigRef<Service3Config>,
    @Inject(ServiceLogger) private readonly logger: ServiceLogger,
  ) {}

  onModuleInit(): void {
    const logging = this.config.select((value) => value.logging);
    this.subscription = logging.value$.subscribe((settings) => this.logger.follow(settings));
    this.subscription.add(
      this.config.changes$
        .pipe(map(({ diff }) => diff.map(({ path }) => path).join(', ')))
        .subscribe((paths) => this.nest.debug(`now different: ${paths}`)),
    );
  }

  onModuleDestroy(): void {
    this.subscription?.unsubscribe();
  }
}
