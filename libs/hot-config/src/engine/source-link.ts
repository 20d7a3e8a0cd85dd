import type { DocumentSource, HotConfigStatus, LinkState } from '../contract/index.js';
import type { Report } from './events.js';

/** What the status and the log say about the source: whether its store can be reached, and what limits it. */
export class SourceLink {
  private link: Omit<HotConfigStatus['source'], 'name' | 'notes'> = {
    up: false,
    since: new Date(),
    reason: 'not connected yet',
  };
  private isReported = false;
  private reportedNotes: readonly string[] = [];
  private reportedIgnored: ReadonlySet<string> = new Set();

  constructor(
    private readonly source: DocumentSource,
    private readonly report: Report,
  ) {}

  get status(): HotConfigStatus['source'] {
    return { name: this.source.name, ...this.link, notes: this.notes() };
  }

  /** False until the source has said for the first time whether its store can be reached. */
  get isKnown(): boolean {
    return this.isReported;
  }

  /** Whether a line in the log gives this reason already: the loss of the link, or a note. */
  explains(reason: string): boolean {
    return !this.link.up || this.reportedNotes.includes(reason);
  }

  /** Reports a link that came up or went down, or whose reason changed. */
  receive(link: LinkState): void {
    const reason = link.up ? undefined : link.error.message;
    if (this.link.up === link.up && this.link.reason === reason) return;
    const since = this.link.up === link.up ? this.link.since : new Date();
    this.link = { up: link.up, since, reason };
    this.report({ type: 'link', source: this.source.name, link });
    this.isReported = true;
    this.reportNotes();
  }

  /** Reports each note when it appears, and again when it comes back; not after an outage in between. */
  reportNotes(): void {
    if (!this.link.up) return;
    const before = this.reportedNotes;
    this.reportedNotes = this.notes();
    for (const note of this.reportedNotes) if (!before.includes(note)) this.reportNote(note);
    this.reportIgnored();
  }

  private reportIgnored(): void {
    const before = this.reportedIgnored;
    this.reportedIgnored = new Set(this.source.ignored?.());
    for (const path of this.reportedIgnored)
      if (!before.has(path)) this.report({ type: 'ignored', source: this.source.name, path });
  }

  reportNote(note: string): void {
    this.report({ type: 'note', source: this.source.name, note });
  }

  /** None while the link is down: that is the limit then. */
  private notes(): readonly string[] {
    return this.link.up ? (this.source.notes?.() ?? []) : [];
  }
}
