import type { DocumentContentType } from './document.js';

/** The last known good of one key as kept on disk: the document itself, to be checked again when it is read back. */
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
   * Undefined when there is none.
   *
   * @throws HotConfigLastKnownGoodError when there is one that cannot be trusted
   */
  load(key: string): Promise<LastKnownGoodDocument | undefined>;
  /**
   * Replaces the snapshot as a whole, or leaves the old one. Called once at a time for a key.
   *
   * @throws HotConfigLastKnownGoodError when it cannot be saved
   */
  save(document: LastKnownGoodDocument): Promise<void>;
}
