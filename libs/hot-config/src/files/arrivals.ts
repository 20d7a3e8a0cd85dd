/** The last event of a name, if it says that the name shows another file now. */
export interface Arrival {
  readonly seq: number;
  /** The last earlier event that may have been of this kind: in between, the name showed one and the same file. */
  readonly sameSince: number;
}

interface NameEvents {
  readonly seq: number;
  readonly lastRename: number;
  readonly arrival: Arrival | undefined;
}

/**
 * Remembers the events of a directory by name. Every event has a position; positions only grow.
 *
 * inotify queues events in the order in which they happened. By the names that Node gives them, on Linux:
 *
 *     tmp written, then renamed over     rename:tmp change:tmp rename:tmp rename:file
 *     renamed in from another directory                                   rename:file
 *     created, then written                                               rename:file change:file
 *     written in place                                                                change:file
 *     removed, created, then written                          rename:file rename:file change:file
 */
export class Arrivals {
  private readonly byName = new Map<string, NameEvents>();
  private seq = 0;
  /** Up to here a name without events may have had some. */
  private forgotten = 0;

  /** The position of the last event. */
  get position(): number {
    return this.seq;
  }

  note(event: string, name: string): void {
    const seq = ++this.seq;
    const sameSince = this.byName.get(name)?.lastRename ?? this.forgotten;
    this.byName.set(
      name,
      event === 'rename'
        ? { seq, lastRename: seq, arrival: { seq, sameSince } }
        : { seq, lastRename: sameSince, arrival: undefined },
    );
  }

  /** The position of the last event of any of these names; 0 when there was none. */
  mark(names: readonly string[]): number {
    return Math.max(0, ...names.map((name) => this.byName.get(name)?.seq ?? 0));
  }

  of(name: string): Arrival | undefined {
    return this.byName.get(name)?.arrival;
  }

  /** Temporary names come and go for ever; those without a file and without an event after the position are dropped. */
  keepOnly(names: ReadonlySet<string>, position: number): void {
    for (const [name, event] of this.byName) {
      if (names.has(name) || event.seq > position) continue;
      this.byName.delete(name);
      this.forgotten = Math.max(this.forgotten, event.seq);
    }
  }

  /** The chain of events is broken: any name may have had any event up to now. */
  forget(): void {
    this.byName.clear();
    this.forgotten = ++this.seq;
  }
}
