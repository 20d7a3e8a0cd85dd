import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import type { HotConfigStatus } from '../contract/index.js';
import { HotConfigService } from '../nest/index.js';

/** The health of one key. Holds no value of the config. */
export interface HotConfigKeyHealth {
  readonly state: HotConfigStatus['state'];
  readonly since: string;
  readonly revision: number;
  /** While the store holds a newer document than the one served: its revision, and since when. */
  readonly behind?: { readonly revision: number; readonly since: string };
  readonly confirmedAt?: string;
  /** Milliseconds since `confirmedAt`: the value is at most this far behind. Absent while the value is live. */
  readonly unconfirmedMs?: number;
  readonly problem?: string;
  /** Paths whose new values wait for a restart. */
  readonly pendingRestart?: readonly string[];
}

type Details = Record<string, unknown>;

/** `degraded` came with terminus 12. With older versions an impaired but serving application is `up`, with the reason in the details. */
interface Session {
  up(details: Details): HealthIndicatorResult;
  down(details: Details): HealthIndicatorResult;
  degraded?(details: Details): HealthIndicatorResult;
}

/**
 * Terminus indicator: `up` when every key is live, `degraded` (HTTP 200) when one is stale, rejected, missing or served from
 * disk or defaults, a hook fails, or the last known good cannot be saved; `down` when one has no value.
 */
@Injectable()
export class HotConfigHealthIndicator {
  constructor(
    @Inject(HotConfigService) private readonly service: HotConfigService,
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
  ) {}

  check(name = 'hotConfig'): HealthIndicatorResult {
    const session = this.indicators.check(name) as unknown as Session;
    const keys: Record<string, HotConfigKeyHealth> = {};
    let source: Details | undefined;
    try {
      // One by one: a key without a value has no status and throws, which is the case for `down`.
      for (const key of this.service.keys()) {
        const status = this.service.status(key);
        keys[key] = healthOf(status);
        source = describeSource(status.source);
      }
    } catch (error) {
      return session.down({ keys, problem: (error as Error).message });
    }
    const impaired = Object.values(keys).some(
      ({ state, problem }) => state !== 'live' || problem !== undefined,
    );
    const details = { condition: impaired ? 'degraded' : 'live', ...(source ? { source } : {}), keys };
    return impaired && session.degraded ? session.degraded(details) : session.up(details);
  }
}

function healthOf(status: HotConfigStatus): HotConfigKeyHealth {
  const { state, since, applied, behind, confirmedAt, pendingRestart } = status;
  const problem = problemOf(status);
  return {
    state,
    since: since.toISOString(),
    revision: applied.revision,
    ...(behind ? { behind: { revision: behind.revision, since: behind.since.toISOString() } } : {}),
    ...(confirmedAt ? { confirmedAt: confirmedAt.toISOString() } : {}),
    ...(confirmedAt && state !== 'live' ? { unconfirmedMs: Date.now() - confirmedAt.getTime() } : {}),
    ...(problem === undefined ? {} : { problem }),
    ...(pendingRestart.length === 0 ? {} : { pendingRestart }),
  };
}

function problemOf(status: HotConfigStatus): string | undefined {
  const { rejection, missing, hookFailures, lastKnownGoodFailure, state, source } = status;
  // A document that is missing now is newer information than its rejection before.
  if (missing) return `missing since ${missing.since.toISOString()}: ${missing.reason}`;
  if (rejection)
    return `revision ${rejection.revision} was rejected (${rejection.stage}): ${rejection.error.message}`;
  const [failure] = hookFailures;
  if (failure) return `the hook ${failure.hook} failed: ${failure.error.message}`;
  if (lastKnownGoodFailure) return lastKnownGoodFailure.error.message;
  if (state !== 'live' && source.reason) return `not confirmed by the store: ${source.reason}`;
  return undefined;
}

function describeSource({ name, up, since, reason, notes }: HotConfigStatus['source']): Details {
  return {
    name,
    up,
    since: since.toISOString(),
    ...(reason === undefined ? {} : { reason }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}
