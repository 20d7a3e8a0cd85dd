import { Injectable, Logger } from '@nestjs/common';
import type { EngineEvent } from '../engine/index.js';
import { logEvent } from './change-log.js';

type EventListener = (event: EngineEvent) => void;

/** What the engine does, told to the log and to whoever counts. */
@Injectable()
export class EventFeed {
  private readonly listeners = new Set<EventListener>();
  private linked = false;

  constructor() {
    const logger = new Logger('HotConfig');
    this.listeners.add((event) => logEvent(logger, event));
  }

  /** Whether the source answers, by what it said last. */
  get isLinkUp(): boolean {
    return this.linked;
  }

  /** Returns what ends it. */
  listen(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  tell(event: EngineEvent): void {
    for (const listener of this.listeners) {
      try {
        listener(event);
      } catch {
        // An application may bring a logger that throws; a change of config must not fail on it, and there is nowhere left to tell.
      }
    }
    if (event.type === 'link') this.linked = event.link.up;
  }
}
