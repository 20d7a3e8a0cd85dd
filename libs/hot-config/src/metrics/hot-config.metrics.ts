import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Optional,
} from '@nestjs/common';
import { type Counter, type Gauge, type Histogram, register, type Registry } from 'prom-client';
import type { HotConfigState, HotConfigStatus } from '../contract/index.js';
import { type EngineEvent, EventFeed, HotConfigService } from '../nest/index.js';
import { Instruments } from './instruments.js';

/** A prom-client registry other than the default one. */
export const METRICS_REGISTRY = Symbol.for('nestjs-hot-config.metrics-registry');

const STATES: readonly HotConfigState[] = ['live', 'stale', 'last-known-good', 'defaults'];
/** Seconds: from a hint on the local network to a reconcile that finds a change without a hint. */
const DELAYS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Seconds, up to the default of `hookTimeoutMs`. */
const DURATIONS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

interface KeyGauge {
  readonly name: string;
  readonly help: string;
  readonly read: (status: HotConfigStatus) => number;
}

/** Read from the status of each key at a scrape, so that they are right however late the metrics were created. */
const KEY_GAUGES: readonly KeyGauge[] = [
  {
    name: 'hot_config_applied_revision',
    help: 'Revision that is served; 0 for built-in defaults.',
    read: ({ applied }) => applied.revision,
  },
  {
    name: 'hot_config_applied_timestamp_seconds',
    help: 'Unix time at which the served value was applied.',
    read: ({ applied }) => applied.at.getTime() / 1000,
  },
  {
    name: 'hot_config_unconfirmed_seconds',
    help: 'Seconds since the store last confirmed the key: what is served is at most this far behind.',
    read: ({ confirmedAt, applied }) => secondsBetween(confirmedAt ?? applied.at, new Date()),
  },
  {
    name: 'hot_config_behind_seconds',
    help: 'Seconds since the store has been known to hold a newer document than the one served; 0 when it holds none.',
    read: ({ behind }) => (behind ? secondsBetween(behind.since, new Date()) : 0),
  },
  {
    name: 'hot_config_rejected',
    help: '1 while the newest document is rejected.',
    read: ({ rejection }) => Number(rejection !== undefined),
  },
  {
    name: 'hot_config_missing',
    help: '1 while the store says that it has no such document.',
    read: ({ missing }) => Number(missing !== undefined),
  },
  {
    name: 'hot_config_failed_hooks',
    help: 'Hooks that failed on the newest change they saw.',
    read: ({ hookFailures }) => hookFailures.length,
  },
  {
    name: 'hot_config_unsaved',
    help: '1 while what is served cannot be saved as the last known good.',
    read: ({ lastKnownGoodFailure }) => Number(lastKnownGoodFailure !== undefined),
  },
  {
    name: 'hot_config_pending_restart',
    help: 'Properties of the applied document that wait for a restart.',
    read: ({ pendingRestart }) => pendingRestart.length,
  },
];

/** The metrics of one application. Labels are keys, hooks, stages and states: never a value, never an address. */
@Injectable()
export class HotConfigMetrics implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly instruments: Instruments;
  private readonly changes: Counter<'key'>;
  private readonly rejections: Counter<'key' | 'stage'>;
  private readonly outages: Counter;
  private readonly delay: Histogram<'key'>;
  private readonly hooks: Histogram<'key' | 'hook'>;
  private readonly endListening: () => void;

  constructor(
    @Inject(HotConfigService) private readonly service: HotConfigService,
    @Inject(EventFeed) private readonly feed: EventFeed,
    @Optional() @Inject(METRICS_REGISTRY) registry: Registry = register,
  ) {
    const instruments = new Instruments(registry);
    this.instruments = instruments;
    this.changes = instruments.counter(
      'hot_config_changes_total',
      'Changes applied since the start, without the first value.',
      ['key'],
    );
    this.rejections = instruments.counter(
      'hot_config_rejections_total',
      'Documents rejected since the start.',
      ['key', 'stage'],
    );
    this.outages = instruments.counter(
      'hot_config_source_outages_total',
      'How often the store or directory was lost since the start.',
      [],
    );
    this.delay = instruments.histogram(
      'hot_config_publish_to_apply_seconds',
      "From when the store took a document to when it was applied here. The store's clock and this one's; never negative.",
      ['key'],
      DELAYS,
    );
    this.hooks = instruments.histogram(
      'hot_config_hook_duration_seconds',
      'How long one call of a hook took, also one that failed.',
      ['key', 'hook'],
      DURATIONS,
    );
    this.addGauges();
    // Rejections before the metrics listened.
    for (const { key, rejection } of service.status()) {
      if (rejection) this.rejections.inc({ key, stage: rejection.stage });
    }
    this.endListening = feed.listen((event) => this.count(event));
  }

  /** Registers at the end of the start: nobody would remove the metrics of a start that failed. */
  onApplicationBootstrap(): void {
    this.instruments.register();
  }

  onApplicationShutdown(): void {
    this.endListening();
    this.instruments.remove();
  }

  private addGauges(): void {
    for (const { name, help, read } of KEY_GAUGES) {
      this.instruments.gauge(name, help, ['key'], (gauge) => {
        for (const status of this.service.status()) gauge.set({ key: status.key }, read(status));
      });
    }
    this.instruments.gauge(
      'hot_config_state',
      '1 for the state that the served value is in, 0 for the others.',
      ['key', 'state'],
      (gauge) => this.readStates(gauge),
    );
    this.instruments.gauge('hot_config_source_up', '1 while the store or directory answers.', [], (gauge) => {
      gauge.set(Number(this.feed.isLinkUp));
    });
    this.instruments.gauge(
      'hot_config_resource_leases',
      'Leases of the instance of a hot resource that is in use.',
      ['resource'],
      (gauge) => {
        for (const { name, leases } of this.service.resources()) gauge.set({ resource: name }, leases);
      },
    );
    this.instruments.gauge(
      'hot_config_resource_draining',
      'Replaced instances of a hot resource that are not disposed of yet.',
      ['resource'],
      (gauge) => {
        for (const { name, draining } of this.service.resources()) gauge.set({ resource: name }, draining);
      },
    );
  }

  private readStates(gauge: Gauge<'key' | 'state'>): void {
    for (const { key, state: current } of this.service.status()) {
      for (const state of STATES) gauge.set({ key, state }, Number(state === current));
    }
  }

  private count(event: EngineEvent): void {
    // Not of a first value: it may be months old, and its age says nothing about how fast it was applied.
    if (event.type === 'applied' && event.change) {
      const { key, publishedAt, appliedAt } = event.snapshot;
      this.changes.inc({ key });
      if (publishedAt) this.delay.observe({ key }, secondsBetween(publishedAt, appliedAt));
    } else if (event.type === 'rejected') {
      const { key, stage } = event.rejection;
      this.rejections.inc({ key, stage });
    } else if (event.type === 'hook-ended') {
      this.hooks.observe({ key: event.key, hook: event.hook }, event.ms / 1000);
    } else if (event.type === 'link' && !event.link.up && this.feed.isLinkUp) {
      this.outages.inc();
    }
  }
}

/** Never negative: the two times may be by different clocks. */
function secondsBetween(earlier: Date, later: Date): number {
  return Math.max(0, (later.getTime() - earlier.getTime()) / 1000);
}
