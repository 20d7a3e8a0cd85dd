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
  /** When the store last confirmed the value; absent for built-in defaults. */
  readonly confirmedAt: Date | undefined;
  /** While the store holds a newer document than the served document: its revision, and since when. */
  readonly behind: { readonly revision: number; readonly since: Date } | undefined;
  /** Sensitive values are `[redacted]`. */
  readonly value: unknown;
  /** Why the newest document is not served. */
  readonly rejection:
    | {
        readonly revision: number;
        readonly stage: string;
        readonly at: Date;
        readonly message: string;
        readonly issues: readonly unknown[];
      }
    | undefined;
}

/** `GET /config`: the config that this process serves, for an operator. */
@Controller('config')
export class ConfigController {
  constructor(@Inject(HotConfigService) private readonly configs: HotConfigService) {}

  @Get()
  view(): ConfigView {
    // Each sample service has one document.
    const [key] = this.configs.keys() as [string];
    const { snapshot, status } = this.configs.ref(key);
    const { revision, epoch, digest, origin, appliedAt } = snapshot;
    const { state, confirmedAt, behind, rejection } = status;
    return {
      ...{ key, revision, epoch, digest, status: state, origin, appliedAt, confirmedAt },
      behind: behind && { revision: behind.revision, since: behind.since },
      value: this.configs.redactedValue(key),
      rejection: rejection && {
        revision: rejection.revision,
        stage: rejection.stage,
        at: rejection.at,
        message: rejection.error.message,
        issues: rejection.issues,
      },
    };
  }
}
