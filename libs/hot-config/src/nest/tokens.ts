import { type HotConfigTarget, keyOf } from '../schema/index.js';

/** Symbols of the global registry, so that the ESM and the CommonJS build of this library agree on them. */
export const HOT_CONFIG_OPTIONS = Symbol.for('nestjs-hot-config.options');
/** A source in place of the configured source; provided by the testing module. */
export const HOT_CONFIG_SOURCE_OVERRIDE = Symbol.for('nestjs-hot-config.source-override');
/** For a `RequestOf`, which identifies a request. */
export const HOT_CONFIG_REQUEST_OF = Symbol.for('nestjs-hot-config.request-of');
/** Nest's errors show a token and no more, so this one says what to import. */
export const HOT_CONFIG_RUNTIME = Symbol.for(
  'HotConfigRuntime of HotConfigModule.forRoot (nestjs-hot-config)',
);
export const HOT_CONFIG_ENGINE = Symbol.for('nestjs-hot-config.engine');

/**
 * The injection token of a key's `HotConfigRef`, which `@HotConfig` injects. Use it to override a ref in a test. Nest shows its text
 * when nothing provides it, so the text says which import does.
 */
export function getHotConfigToken(target: HotConfigTarget): string {
  return `HotConfigRef(${keyOf(target)}) of HotConfigModule.forFeature`;
}
