import type { LoggerService } from '@nestjs/common';
import type {
  HotConfigChange,
  HotConfigDifference,
  HotConfigRejection,
  HotConfigSnapshot,
} from '../contract/index.js';
import { issuesOnOneLine, oneLine } from '../document/index.js';
import type { EngineEvent, Provenance } from '../engine/index.js';

const origins: Record<Provenance, string> = {
  store: 'the store',
  'last-known-good': 'the last known good on disk, not yet confirmed by the store',
  defaults: 'the built-in defaults, not yet confirmed by the store',
};

interface Line {
  readonly level: 'debug' | 'log' | 'warn' | 'error';
  readonly text: string;
  readonly stack?: string | undefined;
}

/** Logs an event of the engine in one line, for an operator. Never a sensitive value. */
export function logEvent(logger: LoggerService, event: EngineEvent): void {
  const line = lineOf(event);
  if (!line) return;
  const { level, text, stack } = line;
  // A key, a path or the error of another library may hold a line end, which would forge a line of the log.
  logger[level]?.(oneLine(text), ...(stack === undefined ? [] : [stack]));
}

function lineOf(event: EngineEvent): Line | undefined {
  switch (event.type) {
    case 'applied':
      return appliedLine(event);
    case 'confirmed': {
      const { key, revision } = event.snapshot;
      return { level: 'log', text: `${key} confirmed by the store at revision ${revision}` };
    }
    case 'rejected':
      return { level: 'warn', text: rejectionText(event.rejection, event.inForce) };
    case 'missing': {
      const { key, reason } = event;
      const text = `${key} is missing: ${reason}; the value applied before, if any, stays in force`;
      return { level: 'warn', text };
    }
    case 'found':
      return { level: 'log', text: `${event.key} is there again: the store has revision ${event.revision}` };
    case 'link':
      return event.link.up
        ? { level: 'log', text: `Connected to ${event.source}` }
        : { level: 'warn', text: event.link.error.message };
    case 'note':
      return { level: 'warn', text: event.note };
    case 'ignored': {
      const text = `${event.path} is ignored: its name says that it is no document`;
      return { level: 'debug', text };
    }
    case 'read-failed':
      return { level: 'warn', text: `${event.key} could not be read: ${event.error.message}` };
    case 'hook-ended':
      return undefined;
    case 'hook-failed': {
      const { hook, revision, error } = event.failure;
      const text = `${hook} failed on ${event.key} revision ${revision}, which stays applied: ${error.message}`;
      return { level: 'error', text, stack: error.stack };
    }
    case 'dispose-failed': {
      const what = `An instance of ${event.resource} that is no longer used`;
      const text = `${what} could not be disposed of and is abandoned: ${event.reason}`;
      return { level: 'warn', text };
    }
    case 'listener-failed': {
      const { key, error } = event;
      return { level: 'error', text: `A subscriber of ${key} failed: ${error.message}`, stack: error.stack };
    }
    case 'last-known-good-failed':
      return { level: 'warn', text: event.error.message };
  }
}

function appliedLine(event: Extract<EngineEvent, { type: 'applied' }>): Line {
  const { snapshot, change, provenance, pendingRestart } = event;
  const what = change
    ? describeDifferences(change, pendingRestart)
    : `first value, from ${origins[provenance]}`;
  const waiting = pendingRestart.length > 0 ? `; waits for a restart: ${pendingRestart.join(', ')}` : '';
  // Not of a first value: it may be months old, and its age says nothing about how fast it was applied.
  const after = change ? lag(snapshot.publishedAt, snapshot.appliedAt) : '';
  const text = `${snapshot.key} applied revision ${snapshot.revision}: ${what}${waiting}${after}`;
  return { level: provenance === 'store' ? 'log' : 'warn', text };
}

/** `logging.level "INFO" → "DEBUG", database.host (sensitive)`; the first ten, then how many more. */
function describeDifferences(
  { diff }: Pick<HotConfigChange<unknown>, 'diff'>,
  pendingRestart: readonly string[],
): string {
  if (diff.length === 0)
    return pendingRestart.length > 0 ? 'no property that takes effect without a restart' : 'the same value';
  const shown = diff.slice(0, 10).map(describeDifference);
  if (diff.length > shown.length) shown.push(`and ${diff.length - shown.length} more`);
  return shown.join(', ');
}

function describeDifference({ path, sensitive, previous, current }: HotConfigDifference): string {
  if (sensitive) return `${path} (sensitive)`;
  return `${path} ${short(previous)} → ${short(current)}`;
}

/** Mappings and lists are not shown: a sensitive property may be inside. */
function short(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value instanceof Date || value instanceof RegExp) return short(String(value));
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[…]' : '{…}';
  // A document decodes to values with a JSON form. A schema may produce values without one, and JSON.stringify throws on a bigint.
  const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function rejectionText(
  rejection: HotConfigRejection,
  inForce: HotConfigSnapshot<unknown> | undefined,
): string {
  const { key, revision, origin, stage, error, issues, publishedAt, at } = rejection;
  const why = issuesOnOneLine(issues) || error.message.replace(/\.$/, '');
  const what = `${key} rejected revision ${revision} of ${origin} (${stage}): ${why}`;
  // Not of a first value: the document may be months old.
  if (!inForce) return `${what}; there is no value yet`;
  const stays = stage === 'confirm' ? 'is in force again' : 'stays in force';
  return `${what}; revision ${inForce.revision} ${stays}${lag(publishedAt, at)}`;
}

function lag(publishedAt: Date | undefined, at: Date): string {
  if (!publishedAt) return '';
  // The times are by two clocks, the store's and this one. A negative age would only mean that they differ.
  return `; ${Math.max(0, at.getTime() - publishedAt.getTime())} ms after it was published`;
}
