import type { PlainObject } from './document.js';
import type { HotConfigIssue } from './errors.js';

export type Validation<T> =
  | { readonly accepted: true; readonly value: T }
  | {
      readonly accepted: false;
      /** Raw, as their authors wrote them: the engine redacts them before anybody sees them. Paths as `formatPath` writes them. */
      readonly issues: readonly HotConfigIssue[];
      /** The raw error that the schema threw, if any; the engine masks it. */
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
   * Whether anything below this path may be sensitive, by the declaration alone. The message about a scalar in place of such a
   * mapping must not show that scalar.
   */
  holdsSensitive(path: readonly string[]): boolean;
  /** Whether a change at this path is not applied live, but waits for a restart. Holds for everything below it too. */
  needsRestart(value: unknown, path: readonly string[]): boolean;
  /** False: `needsRestart` is never true, and is not asked. */
  readonly hasRestartRequired?: boolean | undefined;
  /**
   * Whether an instance of a class, anywhere in a value, is a part of the config, and so is frozen with it. Any other instance, such
   * as a luxon DateTime made by a transform, is left as it is. Absent: every instance is a part.
   */
  isOwnInstance?(instance: object): boolean;
  /**
   * Called when the key is registered, and awaited before its document is read for the first time.
   *
   * @throws HotConfigSetupError for an invalid definition: the key cannot be registered, or its start fails
   */
  check?(): void | Promise<void>;
}

/** The typed value of a definition: `type Pricing = HotConfigValue<typeof pricing>`. */
export type HotConfigValue<D> = D extends HotConfigDefinition<infer T> ? T : never;
