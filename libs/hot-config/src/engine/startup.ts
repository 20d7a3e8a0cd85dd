import { withDeadline } from '../async/deadline.js';
import {
  type DocumentSource,
  type HotConfigError,
  HotConfigUnavailableError,
  type LastKnownGoodDocument,
  type LastKnownGoodStore,
  type SourceDocument,
} from '../contract/index.js';
import { issuesOnOneLine } from '../document/index.js';
import type { KeyPipeline } from './key/key-pipeline.js';
import { RejectionError } from './rejection-error.js';

export type StartFallback = 'last-known-good' | 'defaults';

export interface StartPolicy {
  /** Milliseconds to wait for the store's value before a fallback is applied. */
  readonly timeoutMs: number;
  /** Tried in this order; empty: without the store's value the start fails. */
  readonly fallback: readonly StartFallback[];
}

export const defaultStartPolicy: StartPolicy = {
  timeoutMs: 10_000,
  fallback: ['last-known-good', 'defaults'],
};

export interface StartContext {
  readonly source: DocumentSource;
  readonly startup: StartPolicy;
  readonly lastKnownGoodStore: LastKnownGoodStore | undefined;
  readonly stopped: AbortSignal;
  /** Resolves when the store has answered that it has no such document, and never will. */
  readonly missing: Promise<void>;
  /** Why the last read gave no document. */
  readonly lastError: () => string | undefined;
}

/**
 * Brings a key to its first value: the store's, within the deadline, or the first fallback that is valid.
 * A rejected first document ends the wait: the store has answered.
 *
 * @throws HotConfigParseError or HotConfigValidationError listing all problems of the store's document, or
 * HotConfigUnavailableError, when no fallback is valid
 */
export async function applyFirstValue(
  pipeline: KeyPipeline,
  stored: LastKnownGoodDocument | undefined,
  context: StartContext,
): Promise<void> {
  const begun = performance.now();
  await storeAnswered(pipeline, context);
  const waitedMs = Math.round(performance.now() - begun);
  const { applied, rejection } = pipeline.current;
  if (applied) return;
  // A fallback is for a missing document only, where nobody will correct a rejected one.
  if (rejection && context.source.isComplete) throw rejection.error;
  const failures: string[] = [];
  for (const fallback of context.startup.fallback) {
    const failure = await tryFallback(fallback, pipeline, stored, context);
    if (pipeline.current.applied) return;
    if (failure) failures.push(failure);
  }
  throw noValue(pipeline, waitedMs, failures, context);
}

/** For the log, while a start waits. */
export function describeWait(key: string, { timeoutMs, fallback }: StartPolicy): string {
  const then = fallback.length > 0 ? fallback.join(', ') : 'startup fails';
  return `${key} has no value from the store: waiting up to ${timeoutMs} ms for it, then: ${then}`;
}

/** Ends when the store's value is applied or rejected, the store has none, the deadline is over, or the engine stops. */
async function storeAnswered(
  pipeline: KeyPipeline,
  { startup, missing, stopped }: StartContext,
): Promise<void> {
  const listening: (() => void)[] = [];
  const answered = new Promise<void>((resolve) => {
    listening.push(
      pipeline.served.onSwap(() => resolve()),
      pipeline.served.onRejection(() => resolve()),
    );
    void missing.then(resolve);
    if (pipeline.current.applied || pipeline.current.rejection) resolve();
  });
  const late = (): Error => new Error('the store has not answered');
  await withDeadline(() => answered, startup.timeoutMs, stopped, late).catch(() => undefined);
  for (const end of listening) end();
}

/** Returns why the fallback could not be applied. */
async function tryFallback(
  fallback: StartFallback,
  pipeline: KeyPipeline,
  stored: LastKnownGoodDocument | undefined,
  { lastKnownGoodStore }: StartContext,
): Promise<string | undefined> {
  const isStored = fallback === 'last-known-good';
  if (isStored && !stored)
    return `last-known-good: none usable${lastKnownGoodStore ? ` in ${lastKnownGoodStore.name}` : ', no directory set'}`;
  try {
    const document = isStored && stored ? documentOf(stored) : defaultsOf(pipeline);
    await pipeline.applyFallback(document, fallback, isStored ? stored?.savedAt : undefined);
    return undefined;
  } catch (cause) {
    // Not a rejection: defaults that are no JSON, or the reason why the engine stops.
    const issues = cause instanceof RejectionError ? issuesOnOneLine(cause.issues) : '';
    const reason = issues || (cause as Error).message;
    if (isStored) pipeline.lastKnownGood.reportIgnored(pipeline.key, reason);
    return `${fallback}: ${reason}`;
  }
}

function documentOf({ savedAt: _, digest: __, ...document }: LastKnownGoodDocument): SourceDocument {
  return document;
}

function defaultsOf({ key, definition }: KeyPipeline): SourceDocument {
  return {
    key,
    bytes: Buffer.from(JSON.stringify(definition.defaults)),
    contentType: 'application/json',
    revision: 0,
    epoch: '',
    origin: 'defaults',
    publishedAt: undefined,
  };
}

function noValue(
  { key, current }: KeyPipeline,
  waitedMs: number,
  failures: readonly string[],
  { source, lastError }: StartContext,
): HotConfigError {
  if (current.rejection) return current.rejection.error;
  const fallbacks = failures.map((failure) => `\n  - ${failure}`).join('') || ' none allowed';
  return new HotConfigUnavailableError(
    `No value for "${key}": ${source.name} had none within ${waitedMs} ms (${lastError() ?? 'no answer'}).\n` +
      `Fallbacks tried:${fallbacks}\nPublish the document, make the store reachable, or allow a fallback that works (startup.fallback).`,
    { key },
  );
}
