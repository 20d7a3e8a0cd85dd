export interface SchemaOptions {
  /** The document that stands in when the start falls back to defaults; `{}`. Validated like any other. */
  readonly defaults?: object;
  /** What a key means that the schema does not know: a refusal that names the nearest known one (`reject`), or nothing. */
  readonly unknownKeys?: 'reject' | 'allow';
}
