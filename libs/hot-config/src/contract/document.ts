/** A parsed document: plain objects, arrays, strings, finite numbers, booleans and null. */
export type PlainValue =
  string | number | boolean | null | readonly PlainValue[] | { readonly [key: string]: PlainValue };
export type PlainObject = { readonly [key: string]: PlainValue };

export type DocumentContentType = 'application/yaml' | 'application/json';

/** Where a document stands in its store. Revisions are comparable only within one epoch. */
export interface Position {
  /** One lifetime of the store; opaque, compared for equality only. */
  readonly epoch: string;
  readonly revision: number;
}

/** The position of a document that a reader has already, perhaps from before a restart. */
export interface KnownPosition extends Position {
  /** When the store accepted it, by the store's clock. */
  readonly publishedAt?: Date | undefined;
}

/** The bytes an operator wrote, as a source found them. */
export interface SourceDocument extends Position {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** Undefined: unknown, so the document is read as YAML, which includes JSON. */
  readonly contentType: DocumentContentType | undefined;
  /** For people: the file, or the bucket and key. */
  readonly origin: string;
  /** When the store accepted it, by the store's clock. */
  readonly publishedAt: Date | undefined;
}
