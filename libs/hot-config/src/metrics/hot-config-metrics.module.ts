import { type DynamicModule, Module } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { HotConfigMetrics, METRICS_REGISTRY } from './hot-config.metrics.js';

export interface HotConfigMetricsOptions {
  /** Where the metrics are registered; prom-client's default registry when undefined. */
  readonly registry?: Registry | undefined;
}

/**
 * Registers the metrics of all configs in a prom-client registry while the application runs. Import it once, beside
 * `HotConfigModule.forRoot`; the application serves the registry, as it does for its own metrics.
 */
@Module({ providers: [HotConfigMetrics] })
export class HotConfigMetricsModule {
  /** With a registry other than prom-client's default one. */
  static forRoot({ registry }: HotConfigMetricsOptions = {}): DynamicModule {
    return {
      module: HotConfigMetricsModule,
      providers: registry ? [{ provide: METRICS_REGISTRY, useValue: registry }] : [],
    };
  }
}
