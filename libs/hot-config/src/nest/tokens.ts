import { keyOf, type HotConfigTarget } from '../schema/index.js';

/** Symbols of the global registry, so that the ESM and the CommonJS build of this library agree on them. */
export const HOT_CONFIG_OPTIONS = Symbol.for('nestjs-hot-config.options');
/** A source that replaces the configured one; provided by the testing module. */
export const HOT_CONFIG_SOURCE_OVERRIDE = Symbol.for('nestjs-hot-config.source-override');
/** For a `RequestOf`, which identifies a request. */
export const HOT_CONFIG_REQUEST_OF = Symbol.for('nestjs-hot-config.request-of');
/** Nest's errors show a token and no more, so this one says what to import. */
export const HOT_CONFIG_RUNTIME = Symbol.for(
  'HotConfigRuntime of HotConfigModule.forRoot (nestjs-hot-config)',
);
export const HOT_CONFIG_ENGINE = Symbol.for('nestjs-hot-config.engine');

/**
 * The injection token of a key's `HotConfigRef`; what `@HotConfig` injects. Use it to override a ref in a test. Where nothing
 * provides it Nest shows its text, which therefore names what does.
 */
export function getHotConfigToken(target: HotConfigTarget): string {
  return `HotConfigRef(${keyOf(target)}) of HotConfigModule.forFeature`;
}
