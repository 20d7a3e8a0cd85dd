import type { DocumentSource, Position, ReadOutcome } from '../../libs/hot-config/src/contract/index.js';

/** The outcome of a read as text: `found: text`, `missing` or `unreachable`. */
export function outcomeText(outcome: ReadOutcome): string {
  return outcome.outcome === 'found'
    ? `found: ${new TextDecoder().decode(outcome.document.bytes)}`
    : outcome.outcome;
}

/** Reads as the engine does: each read passes the position of the last document that was found. */
export class KeyReader {
  known: Position | undefined;
  last: ReadOutcome | undefined;

  constructor(
    private readonly source: DocumentSource,
    private readonly key: string,
  ) {}

  async read(): Promise<string> {
    this.last = await this.source.read(this.key, this.known);
    if (this.last.outcome === 'found') {
      const { revision, epoch } = this.last.document;
      this.known = { revision, epoch };
    }
    return outcomeText(this.last);
  }

  get reason(): string {
    if (this.last?.outcome === 'missing') return this.last.reason;
    return this.last?.outcome === 'unreachable' ? this.last.error.message : '';
  }
}
