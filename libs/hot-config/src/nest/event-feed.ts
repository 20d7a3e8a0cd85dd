import { Injectable, Logger } from '@nestjs/common';
import type { EngineEvent } from '../engine/index.js';
import { logEvent } from './change-log.js';

type EventListener = (event: EngineEvent) => void;

/** Passes the events of the engine on to the log and to listeners, such as the metrics. */
@Injectable()
export class EventFeed {
  private readonly listeners = new Set<EventListener>();
  private isUp = false;

  constructor() {
    const logger = new Logger('HotConfig');
    this.listeners.add((event) => logEvent(logger, event));
  }

  /** Whether the source answers, by its last event. */
  get isLinkUp(): boolean {
    return this.isUp;
  }

  /** Returns a function that ends it. */
  listen(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  emit(event: EngineEvent): void {
    for (const listener of this.listeners) {
      try {
        listener(event);
      } catch {
        // The application's own logger may throw. A change of config must not fail on that, and there is no other log.
      }
    }
    if (event.type === 'link') this.isUp = event.link.up;
  }
}
