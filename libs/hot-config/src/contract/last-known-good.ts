import type { DocumentContentType } from './document.js';

/** The last known good of one key as kept on disk: the document itself. It is validated again when it is loaded. */
export interface LastKnownGoodDocument {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly contentType: DocumentContentType | undefined;
  readonly revision: number;
  readonly epoch: string;
  readonly digest: string;
  readonly origin: string;
  readonly publishedAt: Date | undefined;
  readonly savedAt: Date;
}

/** Keeps the last known good of each key across restarts. */
export interface LastKnownGoodStore {
  /** For messages: the directory. */
  readonly name: string;
  /**
   * Undefined when none was saved.
   *
   * @throws HotConfigLastKnownGoodError for one that cannot be trusted
   */
  load(key: string): Promise<LastKnownGoodDocument | undefined>;
  /**
   * Replaces the old document as a whole, or leaves it. Called once at a time for a key.
   *
   * @throws HotConfigLastKnownGoodError when it cannot be saved
   */
  save(document: LastKnownGoodDocument): Promise<void>;
}
