import { Inject } from '@nestjs/common';
import { keyOf, type HotConfigTarget } from '../schema/index.js';
import type { HotConfigChange } from '../contract/index.js';
import { getHotConfigToken } from './tokens.js';

/** Injects the `HotConfigRef` of a key, a `@HotConfigSchema` class, or a definition of `defineHotConfig`. */
export function HotConfig(target: HotConfigTarget): ParameterDecorator & PropertyDecorator {
  return Inject(getHotConfigToken(target));
}

export interface OnConfigChangeOptions {
  /** Dotted path: called only when something there differs. */
  readonly path?: string;
  /** Milliseconds for one call; the module's `hookTimeoutMs` when undefined. */
  readonly timeoutMs?: number;
}

/** @internal */
export interface OnConfigChangeMetadata extends OnConfigChangeOptions {
  readonly key: string;
}

/** @internal */
export const ON_CONFIG_CHANGE = Symbol.for('nestjs-hot-config.on-config-change');

/** Calls this method of a provider or controller after each change of a config. May stand several times on a method. */
export function OnConfigChange(
  target: HotConfigTarget,
  options: OnConfigChangeOptions = {},
): MethodDecorator {
  return (_prototype, _name, descriptor) => {
    const method = descriptor.value as object;
    const before = (Reflect.getMetadata(ON_CONFIG_CHANGE, method) ?? []) as OnConfigChangeMetadata[];
    Reflect.defineMetadata(ON_CONFIG_CHANGE, [...before, { ...options, key: keyOf(target) }], method);
  };
}

/** Implemented by a provider or controller that wants every change of every registered config; look at `change.key`. */
export interface OnHotConfigChange {
  onHotConfigChange(change: HotConfigChange<unknown>): unknown;
}

/** Implemented by a provider or controller that may veto a change: throwing keeps the applied value and reports why. */
export interface BeforeHotConfigChange {
  beforeHotConfigChange(change: HotConfigChange<unknown>): unknown;
}
