import type { LoggerService } from '@nestjs/common';
import type {
  HotConfigChange,
  HotConfigDifference,
  HotConfigRejection,
  HotConfigSnapshot,
} from '../contract/index.js';
import type { EngineEvent, Provenance } from '../engine/index.js';

const origins: Record<Provenance, string> = {
  store: 'the store',
  snapshot: 'the snapshot on disk, not yet confirmed by the store',
  defaults: 'the built-in defaults, not yet confirmed by the store',
};

/** Tells an operator, in one line each, what the engine did. Never a sensitive value. */
export function logEvent(logger: LoggerService, event: EngineEvent): void {
  switch (event.type) {
    case 'applied': {
      const { snapshot, change, provenance } = event;
      const what = change ? describeDifferences(change) : `first value, from ${origins[provenance]}`;
      // The first value may be months old: its age says nothing about how fast it was taken up.
      const after = change ? lag(snapshot.publishedAt, snapshot.appliedAt) : '';
      const line = `${snapshot.key} applied revision ${snapshot.revision}: ${what}${after}`;
      if (provenance === 'store') logger.log(line);
      else logger.warn(line);
      return;
    }
    case 'confirmed':
      logger.log(`${event.snapshot.key} confirmed by the store at revision ${event.snapshot.revision}`);
      return;
    case 'rejected':
      logger.warn(refusalLine(event.rejection, event.inForce));
      return;
    case 'missing':
      logger.warn(
        `${event.key} is missing: ${event.reason}; the value applied before, if any, stays in force`,
      );
      return;
    case 'link':
      if (event.link.up) logger.log(`Connected to ${event.source}`);
      else logger.warn(event.link.error.message);
      return;
    case 'read-failed':
      logger.warn(`${event.key} could not be read: ${event.error.message}`);
      return;
    case 'hook-failed': {
      const { hook, revision, error } = event.failure;
      logger.error(`${hook} failed on ${event.key} revision ${revision}: ${error.message}`, error.stack);
      return;
    }
    case 'listener-failed': {
      const { error } = event;
      const stack = error instanceof Error ? error.stack : undefined;
      logger.error(`A subscriber of ${event.key} failed: ${String(error)}`, stack);
      return;
    }
    case 'snapshot-failed':
      logger.warn(event.error.message);
      return;
  }
}

/** `logging.level "INFO" → "DEBUG", database.host (sensitive)`; the first ten, then how many more. */
export function describeDifferences({ diff }: Pick<HotConfigChange<unknown>, 'diff'>): string {
  const shown = diff.slice(0, 10).map(describeDifference);
  if (diff.length > shown.length) shown.push(`and ${diff.length - shown.length} more`);
  return shown.join(', ');
}

function describeDifference({ path, sensitive, previous, current }: HotConfigDifference): string {
  if (sensitive) return `${path} (sensitive)`;
  return `${path} ${short(previous)} → ${short(current)}`;
}

/** Branches are named, not shown: a sensitive property may hide inside. */
function short(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[…]' : '{…}';
  // What a document decodes to has a JSON form; a schema may produce what has none.
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** One line, however many problems: a log is read by line. */
function refusalLine(rejection: HotConfigRejection, inForce: HotConfigSnapshot<unknown> | undefined): string {
  const { key, revision, stage, error, issues, publishedAt, at } = rejection;
  const places = issues.map(({ path, line, column, message }) => {
    const place = line === undefined ? path : `line ${line}, column ${column ?? 1}`;
    return place ? `${place}: ${message}` : message;
  });
  const why = places.length > 0 ? places.join('; ') : error.message.replace(/\s+/g, ' ');
  const stays = inForce ? `revision ${inForce.revision} stays in force` : 'there is no value yet';
  return `${key} refused revision ${revision} (${stage}): ${why}; ${stays}${lag(publishedAt, at)}`;
}

function lag(publishedAt: Date | undefined, at: Date): string {
  if (!publishedAt) return '';
  // Two clocks: the store's and ours. A negative age would only say that they differ.
  return `; ${Math.max(0, at.getTime() - publishedAt.getTime())} ms after it was published`;
}
