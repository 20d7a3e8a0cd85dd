import { Inject } from '@nestjs/common';
import {
  checkMilliseconds,
  type HotConfigChange,
  type HotConfigPath,
  HotConfigSetupError,
} from '../contract/index.js';
import { checkOptionNames, type OptionNames } from '../document/index.js';
import { type HotConfigDeclaration, type HotConfigTarget, keyOf } from '../schema/index.js';
import { getHotConfigToken } from './tokens.js';

/**
 * Injects the `HotConfigRef` of a key, a `@HotConfigSchema` class, or a definition of `defineHotConfig`. TypeScript cannot
 * check the type that you give the parameter: for a definition write `HotConfigRef<HotConfigValue<typeof definition>>`.
 */
export function HotConfig(target: HotConfigTarget): ParameterDecorator & PropertyDecorator {
  return Inject(getHotConfigToken(target));
}

export interface OnHotConfigChangeOptions<Path extends string = string> {
  /** Dotted path: the method is called only when the value there differs. The compiler checks the path of a class or definition. */
  readonly path?: Path | undefined;
  /** Milliseconds for one call; the module's `hookTimeoutMs` when undefined. */
  readonly timeoutMs?: number | undefined;
  /** The next change waits for the method. When the method throws, its change is rolled back: the previous value is in force again. */
  readonly critical?: boolean | undefined;
}

export type BeforeHotConfigChangeOptions<Path extends string = string> = Omit<
  OnHotConfigChangeOptions<Path>,
  'critical'
>;

const BEFORE: OptionNames<BeforeHotConfigChangeOptions> = { path: true, timeoutMs: true };
const AFTER: OptionNames<OnHotConfigChangeOptions> = { ...BEFORE, critical: true };

/** @internal */
export interface OnHotConfigChangeMetadata extends OnHotConfigChangeOptions {
  readonly key: string;
  /** Called before the change, with the right to veto it. */
  readonly before: boolean;
}

/** @internal */
export const ON_HOT_CONFIG_CHANGE = Symbol.for('nestjs-hot-config.on-config-change');

/** For a method whose parameter is the change of this config, or that has none. */
export type OnHotConfigChangeDecorator<T> = <Hook extends (change: HotConfigChange<T>) => unknown>(
  prototype: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Hook>,
) => void;

/**
 * Calls this method of a provider or controller after each change of a config. May be applied several times.
 *
 * @throws HotConfigSetupError for an unknown option, a class that is not declared, or a `timeoutMs` that no timer can wait
 */
export function OnHotConfigChange<T extends object>(
  target: HotConfigDeclaration<T>,
  options?: OnHotConfigChangeOptions<HotConfigPath<T>>,
): OnHotConfigChangeDecorator<T>;
export function OnHotConfigChange(key: string, options?: OnHotConfigChangeOptions): MethodDecorator;
export function OnHotConfigChange(
  target: HotConfigTarget,
  options: OnHotConfigChangeOptions = {},
): MethodDecorator {
  checkOptionNames('@OnHotConfigChange', options, AFTER);
  return hookOn('@OnHotConfigChange', target, { ...options, before: false });
}

/**
 * Calls this method of a provider or controller before each change of a config. Throwing vetoes the change: the applied value
 * stays, and the reason is reported. May be applied several times.
 *
 * @throws HotConfigSetupError for a class that is not declared, or a `timeoutMs` that no timer can wait
 */
export function BeforeHotConfigChange<T extends object>(
  target: HotConfigDeclaration<T>,
  options?: BeforeHotConfigChangeOptions<HotConfigPath<T>>,
): OnHotConfigChangeDecorator<T>;
export function BeforeHotConfigChange(key: string, options?: BeforeHotConfigChangeOptions): MethodDecorator;
export function BeforeHotConfigChange(
  target: HotConfigTarget,
  options: BeforeHotConfigChangeOptions = {},
): MethodDecorator {
  checkOptionNames('@BeforeHotConfigChange', options, BEFORE);
  return hookOn('@BeforeHotConfigChange', target, { ...options, before: true });
}

function hookOn(
  decorator: string,
  target: HotConfigTarget,
  options: Omit<OnHotConfigChangeMetadata, 'key'>,
): MethodDecorator {
  checkMilliseconds(`timeoutMs of ${decorator}`, options.timeoutMs);
  return (holder: object, name: string | symbol, descriptor?: PropertyDescriptor) => {
    const method: unknown = descriptor?.value;
    // An arrow function in a property has no descriptor, and a static method has no instance to be called on.
    if (typeof method !== 'function' || typeof holder === 'function') {
      throw new HotConfigSetupError(
        `${decorator} is for methods of a provider or controller, which ${String(name)} is not: it is static, or a property.`,
      );
    }
    const known = (Reflect.getMetadata(ON_HOT_CONFIG_CHANGE, method) ?? []) as OnHotConfigChangeMetadata[];
    Reflect.defineMetadata(ON_HOT_CONFIG_CHANGE, [...known, { ...options, key: keyOf(target) }], method);
  };
}

/** For a provider or controller: called after every change of every registered config; look at `change.key`. */
export interface OnHotConfigChange {
  onHotConfigChange(change: HotConfigChange<unknown>): unknown;
}

/** For a provider or controller: called before every change of every registered config; look at `change.key`. Throwing vetoes the change: the applied value stays. */
export interface BeforeHotConfigChange {
  beforeHotConfigChange(change: HotConfigChange<unknown>): unknown;
}
