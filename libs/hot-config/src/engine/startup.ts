import {
  HotConfigUnavailableError,
  type HotConfigError,
  type LastKnownGoodStore,
  type SourceDocument,
  type LastKnownGoodDocument,
} from '../contract/index.js';
import { issuesOnOneLine } from '../document/index.js';
import type { KeyPipeline } from './key-pipeline.js';
import { RejectionError } from './verdict.js';

export type StartFallback = 'last-known-good' | 'defaults';

export interface StartPolicy {
  /** Milliseconds to wait for the store's value before a fallback is taken. */
  readonly timeoutMs: number;
  /** Taken in this order; empty: refuse to start without the store's value. */
  readonly fallback: readonly StartFallback[];
}

export const defaultStartPolicy: StartPolicy = {
  timeoutMs: 10_000,
  fallback: ['last-known-good', 'defaults'],
};

export interface StartContext {
  readonly policy: StartPolicy;
  /** Whether a document that is rejected ends the start: a fallback is for a missing one only. */
  readonly endsWhenRejected: boolean;
  readonly lastKnownGoodStore: LastKnownGoodStore | undefined;
  readonly sourceName: string;
  /** Resolves when the store has answered that it has no such document, and never will. */
  readonly missing: Promise<void>;
  /** What the last read said when there was no value in it. */
  readonly lastTrouble: () => string | undefined;
  /** Told why what is on disk is not served, whatever is served instead. */
  readonly onLastKnownGoodRejected: (reason: string) => void;
  readonly stopped: AbortSignal;
}

/**
 * Brings a key to its first value: the store's, within the deadline, or the first fallback that is valid.
 * A refused first document does not wait for the deadline: the store has answered.
 *
 * @throws HotConfigParseError or HotConfigValidationError listing all problems of the store's document, or
 * HotConfigUnavailableError, when no fallback holds
 */
export async function firstValue(
  pipeline: KeyPipeline,
  stored: LastKnownGoodDocument | undefined,
  context: StartContext,
): Promise<void> {
  const begun = performance.now();
  await storeAnswer(pipeline, context);
  const waitedMs = Math.round(performance.now() - begun);
  const { applied, rejection } = pipeline.current;
  if (applied) return;
  if (rejection && context.endsWhenRejected) throw rejection.error;
  const failures: string[] = [];
  for (const fallback of context.policy.fallback) {
    const confirmedAt = fallback === 'last-known-good' ? stored?.savedAt : undefined;
    try {
      const document = fallback === 'last-known-good' ? stored && fromDisk(stored) : fromDefaults(pipeline);
      if (document) await pipeline.applyFallback(document, fallback, confirmedAt);
      else
        failures.push(
          `last-known-good: none usable${context.lastKnownGoodStore ? ` in ${context.lastKnownGoodStore.name}` : ', no directory set'}`,
        );
    } catch (cause) {
      // What is no refusal is why the engine stops.
      const reason =
        (cause instanceof RejectionError && issuesOnOneLine(cause.issues)) || (cause as Error).message;
      failures.push(`${fallback}: ${reason}`);
      if (fallback === 'last-known-good') context.onLastKnownGoodRejected(reason);
    }
    if (pipeline.current.applied) return;
  }
  throw noValue(pipeline, waitedMs, failures, context);
}

/** What a start without the store's value does next: what is missing has its own line before it. */
export function whatComesNext(key: string, { timeoutMs, fallback }: StartPolicy): string {
  const then = fallback.length > 0 ? fallback.join(', ') : 'the start is refused';
  return `${key} has no value from the store: waiting up to ${timeoutMs} ms for it, then: ${then}`;
}

/** Resolves when the store's value is applied or refused, the store says that it has none, the deadline is over, or the engine stops. */
function storeAnswer(pipeline: KeyPipeline, { policy, missing, stopped }: StartContext): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      offSwap();
      offRejection();
      stopped.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, policy.timeoutMs);
    const offSwap = pipeline.onSwap(done);
    const offRejection = pipeline.onRejection(done);
    void missing.then(done);
    stopped.addEventListener('abort', done, { once: true });
    if (pipeline.current.applied || pipeline.current.rejection || stopped.aborted) done();
  });
}

function fromDisk({ savedAt: _, digest: __, ...stored }: LastKnownGoodDocument): SourceDocument {
  return stored;
}

function fromDefaults(pipeline: KeyPipeline): SourceDocument {
  return {
    key: pipeline.key,
    bytes: Buffer.from(JSON.stringify(pipeline.definition.defaults)),
    contentType: 'application/json',
    revision: 0,
    epoch: '',
    origin: 'defaults',
    publishedAt: undefined,
  };
}

function noValue(
  pipeline: KeyPipeline,
  waitedMs: number,
  failures: readonly string[],
  context: StartContext,
): HotConfigError {
  const { rejection } = pipeline.current;
  if (rejection) return rejection.error;
  const { key } = pipeline;
  const fallbacks =
    failures.length > 0 ? failures.map((failure) => `\n  - ${failure}`).join('') : ' none allowed';
  const trouble = context.lastTrouble() ?? 'no answer';
  return new HotConfigUnavailableError(
    `No value for "${key}": ${context.sourceName} had none within ${waitedMs} ms (${trouble}).\n` +
      `Fallbacks tried:${fallbacks}\nPublish the document, make the store reachable, or allow a fallback that works (startup.fallback).`,
    { key },
  );
}
