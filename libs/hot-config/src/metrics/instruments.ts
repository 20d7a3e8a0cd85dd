import { Counter, Gauge, Histogram, type Metric, type Registry } from 'prom-client';
import { HotConfigSetupError } from '../contract/index.js';

/** The metrics of one application in a registry that others use too. They count before they are registered. */
export class Instruments {
  private readonly metrics = new Map<string, Metric>();
  private registered = false;

  constructor(private readonly registry: Registry) {}

  /** @throws HotConfigSetupError when the registry has a metric of the same name already */
  register(): void {
    for (const name of this.metrics.keys()) this.requireFree(name);
    for (const metric of this.metrics.values()) this.registry.registerMetric(metric);
    this.registered = true;
  }

  /** Only metrics that were registered here: the registry may have those of another application. */
  remove(): void {
    if (this.registered) for (const name of this.metrics.keys()) this.registry.removeSingleMetric(name);
    this.registered = false;
  }

  /** `read` sets the current values at each scrape; those of the scrape before are removed. */
  gauge<L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    read: (gauge: Gauge<L>) => void,
  ): void {
    const collect = (): void => {
      gauge.reset();
      read(gauge);
    };
    const gauge = this.own(name, new Gauge({ name, help, labelNames, registers: [], collect }));
  }

  counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return this.own(name, new Counter({ name, help, labelNames, registers: [] }));
  }

  /** `buckets`: upper bounds in seconds. */
  histogram<L extends string>(name: string, help: string, labelNames: L[], buckets: number[]): Histogram<L> {
    return this.own(name, new Histogram({ name, help, labelNames, registers: [], buckets }));
  }

  private own<M>(name: string, metric: M): M {
    this.metrics.set(name, metric as unknown as Metric);
    return metric;
  }

  private requireFree(name: string): void {
    if (!this.registry.getSingleMetric(name)) return;
    throw new HotConfigSetupError(
      `The prom-client registry has a metric "${name}" already, of another application in this process or of a second import of HotConfigMetricsModule. ` +
        'Import it once per application, and give each application its own registry: HotConfigMetricsModule.forRoot({ registry }).',
    );
  }
}
