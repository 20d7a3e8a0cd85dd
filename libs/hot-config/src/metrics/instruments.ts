import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { HotConfigSetupError } from '../contract/index.js';

/** The metrics that one application has in a registry, which others use too. */
export class Instruments {
  private readonly names: string[] = [];

  constructor(private readonly registry: Registry) {}

  /** `read` sets what is true now, whenever somebody scrapes; what was set before is forgotten. */
  gauge<L extends string>(name: string, help: string, labels: L[], read: (gauge: Gauge<L>) => void): void {
    const gauge = new Gauge({
      ...this.own(name, help, labels),
      collect: () => {
        gauge.reset();
        read(gauge);
      },
    });
  }

  counter<L extends string>(name: string, help: string, labels: L[]): Counter<L> {
    return new Counter(this.own(name, help, labels));
  }

  /** `buckets`: upper bounds in seconds. */
  histogram<L extends string>(name: string, help: string, labels: L[], buckets: number[]): Histogram<L> {
    return new Histogram({ ...this.own(name, help, labels), buckets });
  }

  removeAll(): void {
    for (const name of this.names) this.registry.removeSingleMetric(name);
  }

  private own<L extends string>(
    name: string,
    help: string,
    labelNames: L[],
  ): { name: string; help: string; labelNames: L[]; registers: Registry[] } {
    if (this.registry.getSingleMetric(name)) {
      throw new HotConfigSetupError(
        `The prom-client registry has a metric "${name}" already, of another application in this process or of a second import of HotConfigMetricsModule. ` +
          'Import it once per application, and give each application its own registry: HotConfigMetricsModule.forRoot({ registry }).',
      );
    }
    this.names.push(name);
    return { name, help, labelNames, registers: [this.registry] };
  }
}
