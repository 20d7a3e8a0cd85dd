import type { DocumentSource, LastKnownGoodStore } from '../contract/index.js';
import type { StartPolicy } from '../engine/index.js';

export interface HotConfigModuleOptions {
  /** `natsSource(…)` or `fileSource(…)`. Undefined: NATS if `NATS_URL` is set, else the files of `./configs`. */
  readonly source?: DocumentSource | undefined;
  /** Where the last known good of each key is saved, for a start without the store. Undefined: nowhere. */
  readonly lastKnownGood?: { readonly directory: string } | LastKnownGoodStore | undefined;
  /** How long to wait for first values (10 s), and what to fall back to then (`['last-known-good', 'defaults']`; `[]`: the start fails). */
  readonly startup?: { readonly [Name in keyof StartPolicy]?: StartPolicy[Name] | undefined } | undefined;
  /**
   * Pins each HTTP request to one revision of every config, and to the hot resources that belong to it, from before its
   * guards to the end of its response. Default: false. For messages and GraphQL there is `HotConfigInterceptor`.
   */
  readonly pinRequests?: boolean | undefined;
  /**
   * Values for `${NAME}` in the strings of documents, for example `process.env`. Substituted before validation; a variable
   * that is not set rejects the document. `$${` stands for a literal `${`. Undefined: `${NAME}` is left as it is.
   */
  readonly variables?: Readonly<Record<string, string | undefined>> | undefined;
  /** Milliseconds for one call of a hook or a schema, and for a build of a hot resource that sets no other; 10 s. */
  readonly hookTimeoutMs?: number | undefined;
  /** Milliseconds for running hooks, and then for users of hot resources, to end when the application closes; 3 s. */
  readonly shutdownGraceMs?: number | undefined;
}

/** For `forRootAsync({ useClass })` and `useExisting`. */
export interface HotConfigOptionsFactory {
  createHotConfigOptions(): HotConfigModuleOptions | Promise<HotConfigModuleOptions>;
}
