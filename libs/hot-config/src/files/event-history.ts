/** One name in a folder. The folder is given relative to the directory, free of links. */
export interface NameInFolder {
  readonly folder: string;
  readonly name: string;
}

/** The last event of a name, if it says that the name shows another file now. */
export interface Replacement {
  readonly seq: number;
  /** The last earlier event that may have been of this kind: in between, the name showed one and the same file. */
  readonly sameSince: number;
}

interface NameEvents {
  readonly seq: number;
  readonly lastRename: number;
  readonly replacement: Replacement | undefined;
}

interface FolderEvents {
  readonly byName: Map<string, NameEvents>;
  /** Up to this position a name without events may have had some. */
  forgotten: number;
}

/**
 * Remembers the events of all watched folders by name. Every event has a position; positions only grow.
 *
 * inotify queues events in the order in which they happened, also those of different folders. By the names that Node gives
 * them, on Linux:
 *
 *     tmp written, then renamed over     rename:tmp change:tmp rename:tmp rename:file
 *     renamed in from another directory                                   rename:file
 *     created, then written                                               rename:file change:file
 *     written in place                                                                change:file
 *     removed, created, then written                          rename:file rename:file change:file
 */
export class EventHistory {
  private readonly folders = new Map<string, FolderEvents>();
  private seq = 0;

  /** The position of the last event. */
  get position(): number {
    return this.seq;
  }

  record(event: string, { folder, name }: NameInFolder): void {
    const seq = ++this.seq;
    const { byName, forgotten } = this.eventsOf(folder);
    const sameSince = byName.get(name)?.lastRename ?? forgotten;
    byName.set(
      name,
      event === 'rename'
        ? { seq, lastRename: seq, replacement: { seq, sameSince } }
        : { seq, lastRename: sameSince, replacement: undefined },
    );
  }

  /** The position of the last event of any of these names; 0 when there was none. */
  lastEventOf(names: readonly NameInFolder[]): number {
    return Math.max(
      0,
      ...names.map(({ folder, name }) => this.folders.get(folder)?.byName.get(name)?.seq ?? 0),
    );
  }

  replacementOf({ folder, name }: NameInFolder): Replacement | undefined {
    return this.folders.get(folder)?.byName.get(name)?.replacement;
  }

  /** Temporary names come and go for ever; those without a file and without an event after the position are dropped. */
  keepOnly(folder: string, names: ReadonlySet<string>, position: number): void {
    const events = this.eventsOf(folder);
    for (const [name, { seq }] of events.byName) {
      if (names.has(name) || seq > position) continue;
      events.byName.delete(name);
      events.forgotten = Math.max(events.forgotten, seq);
    }
  }

  /** The chain of a folder's events is broken: any of its names may have had any event up to now. */
  forget(folder: string): void {
    this.folders.set(folder, { byName: new Map(), forgotten: ++this.seq });
  }

  /** The folder is no longer watched. */
  drop(folder: string): void {
    this.folders.delete(folder);
  }

  private eventsOf(folder: string): FolderEvents {
    const events = this.folders.get(folder) ?? { byName: new Map<string, NameEvents>(), forgotten: 0 };
    this.folders.set(folder, events);
    return events;
  }
}
