import type { PlainObject } from './document.js';
import type { HotConfigIssue } from './errors.js';

export type Validation<T> =
  | { readonly accepted: true; readonly value: T }
  | {
      readonly accepted: false;
      /** As their authors wrote them: the engine redacts them before anybody sees them. Paths as `formatPath` writes them. */
      readonly issues: readonly HotConfigIssue[];
      /** What the schema threw, if it did; redacted like the issues. */
      readonly cause?: Error | undefined;
    };

/** A key and the schema that its documents must satisfy. Made by `@HotConfigSchema` or `defineHotConfig`. */
export interface HotConfigDefinition<T extends object = object> {
  readonly key: string;
  /** Served when the start policy falls back to defaults. `{}` unless declared otherwise; validated like any document. */
  readonly defaults: PlainObject;
  /** Turns a parsed document into a typed value, or lists every problem. Never throws for a bad document. */
  validate(document: PlainObject): Promise<Validation<T>>;
  /** Whether the property at this path of this value must never be shown. Holds for everything below it too. */
  isSensitive(value: unknown, path: readonly string[]): boolean;
  /**
   * Whether anything below this path may be sensitive, as far as the declaration tells: the value of a message about a scalar that
   * stands there instead must not be shown either.
   */
  holdsSensitive(path: readonly string[]): boolean;
  /** Whether a change at this path is not applied live, but waits for a restart. Holds for everything below it too. */
  needsRestart(value: unknown, path: readonly string[]): boolean;
  /**
   * Called once, when the key is registered, before its first document is read.
   *
   * @throws HotConfigSetupError, at once or by rejecting, for an invalid definition
   */
  check?(): void | Promise<void>;
}

/** The typed value of a definition: `type Pricing = HotConfigValue<typeof pricing>`. */
export type HotConfigValue<D> = D extends HotConfigDefinition<infer T> ? T : never;
