import { Controller, Get, Inject } from '@nestjs/common';
import { HotConfigService, type HotConfigState } from 'nestjs-hot-config';

/** What `GET /config` answers. */
export interface ConfigView {
  readonly key: string;
  readonly revision: number;
  readonly epoch: string;
  readonly digest: string;
  readonly status: HotConfigState;
  readonly origin: string;
  readonly appliedAt: Date;
  /** Sensitive values are `[redacted]`. */
  readonly value: unknown;
  /** Why the newest document is not the one that is served. */
  readonly rejection?: {
    readonly revision: number;
    readonly stage: string;
    readonly at: Date;
    readonly message: string;
    readonly issues: readonly unknown[];
  };
}

/** Shows what this process runs, for an operator. */
@Controller('config')
export class ConfigController {
  constructor(@Inject(HotConfigService) private readonly configs: HotConfigService) {}

  @Get()
  view(): ConfigView {
    // Each sample service has one document.
    const [key] = this.configs.keys() as [string];
    const { snapshot, status } = this.configs.ref(key);
    const { revision, epoch, digest, origin, appliedAt } = snapshot;
    const { state, rejection } = status;
    const view = { key, revision, epoch, digest, status: state, origin, appliedAt };
    const value = this.configs.redactedValue(key);
    if (!rejection) return { ...view, value };
    const { stage, at, error, issues } = rejection;
    const { revision: refused } = rejection;
    return { ...view, value, rejection: { revision: refused, stage, at, message: error.message, issues } };
  }
}
