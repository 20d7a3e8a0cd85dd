import { isDeepStrictEqual } from 'node:util';
import { type FactoryProvider, Inject, type InjectionToken } from '@nestjs/common';
import {
  checkMilliseconds,
  type DeepReadonly,
  HotConfigSetupError,
  type HotResourceContext,
  type HotResourceDefinition,
  type HotResourceVerifyContext,
} from '../contract/index.js';
import { checkOptionNames, type OptionNames } from '../document/index.js';
import { nameOfToken } from '../engine/index.js';
import { type HotConfigTarget, keyOf } from '../schema/index.js';
import type { HotConfigRuntime } from './hot-config.runtime.js';
import { getHotConfigToken, HOT_CONFIG_RUNTIME } from './tokens.js';

/** The right to use an instance of a resource until its release; for work that is longer than one function. */
export interface HotResourceLease<T> {
  readonly instance: T;
  /** A second call does nothing. */
  release(): void;
  [Symbol.dispose](): void;
}

/** Something built from config that changes under its user. Inject it with `@InjectHotResource(…)`. */
export abstract class HotResource<T> {
  /**
   * Runs work on the instance in use, which is not disposed of before the work has ended (or `drainMs` is over). In a pinned
   * request it is the instance that belongs to the configs which the request reads.
   *
   * @throws HotConfigUnavailableError before the first build and after shutdown
   */
  abstract use<R>(work: (instance: T) => R | Promise<R>): Promise<R>;
  /**
   * For a stream, a transaction over several calls, a loop. Release it in `finally`, or declare it with `using`.
   *
   * @throws HotConfigUnavailableError before the first build and after shutdown
   */
  abstract lease(): HotResourceLease<T>;
  /**
   * The instance in use, without a lease: it may be disposed of while you use it. Do not keep it in a field.
   *
   * @throws HotConfigUnavailableError before the first build and after shutdown
   */
  abstract readonly current: T;
}

interface CommonOptions<T, S> {
  /** The injection token; a symbol or a class. */
  readonly provide: InjectionToken;
  /** Tokens of hot resources that this one is built on: it is rebuilt after them, and disposed of before them. */
  readonly uses?: readonly InjectionToken[];
  /** True when the resource need not be rebuilt. Default: deep equality. */
  readonly equals?: (previous: S, current: S) => boolean;
  /** Builds an instance. Throwing rejects the change: the old value and the old instance stay in use. */
  readonly create: (selected: S, context: HotResourceContext<S>) => T | Promise<T>;
  /**
   * Proves that the instance works, before it is used. Throwing rejects the change. `previous` is undefined in the first
   * build, so that a first build may skip the check; also undefined when `select` gave undefined before.
   */
  readonly verify?: (instance: T, context: HotResourceVerifyContext<S>) => unknown;
  /** Closes an instance that was replaced, or whose change was rejected. */
  readonly dispose?: (instance: T) => unknown;
  /** Milliseconds for `create` and `verify` together. Default: the module's `hookTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds for users of a replaced instance to end; then it is disposed of all the same. Default: 30,000 */
  readonly drainMs?: number | undefined;
  /** Milliseconds for `dispose`; a longer call is logged and abandoned. Default: 5,000 */
  readonly disposeTimeoutMs?: number | undefined;
}

/** Built from one config: rebuilt when the selected part differs; without `select`, when anything in the config differs. */
export interface HotResourceOptions<C extends object, T, S> extends CommonOptions<T, S> {
  readonly from: HotConfigTarget<C>;
  readonly select?: (config: DeepReadonly<C>) => S;
}

/** Built from several configs: the parameters of `select` are their values, in the order of `from`. */
export interface HotResourceOfManyOptions<C extends readonly object[], T, S> extends CommonOptions<T, S> {
  readonly from: { readonly [I in keyof C]: HotConfigTarget<C[I]> };
  readonly select: (...configs: { [I in keyof C]: DeepReadonly<C[I]> }) => S;
}

/** @internal Where a provider's factory carries the definition, for the engine to find before anything is constructed. */
export const HOT_RESOURCE = Symbol.for('nestjs-hot-config.hot-resource');

const OPTIONS: OptionNames<HotResourceOptions<object, unknown, unknown>> = {
  provide: true,
  from: true,
  select: true,
  uses: true,
  equals: true,
  create: true,
  verify: true,
  dispose: true,
  timeoutMs: true,
  drainMs: true,
  disposeTimeoutMs: true,
};
const DEFAULT_DRAIN_MS = 30_000;
const DEFAULT_DISPOSE_TIMEOUT_MS = 5_000;

/**
 * A provider of something that is built from config: a pool, a client, a limiter, a schedule. When the selected part changes,
 * a new instance is created and verified before the change happens, swapped in with the value in one step, and the old one
 * is disposed of when its users have ended. A failing first build follows the module's start policy.
 *
 * List it in `providers`, and export its token to share it; the configs must be declared with `forFeature`.
 *
 * @throws HotConfigSetupError for an unknown option, a class that is not declared, no config at all, or a time that no
 * timer can wait
 */
export function hotResource<C extends object, T, S = DeepReadonly<C>>(
  options: HotResourceOptions<C, T, S>,
): FactoryProvider<Promise<HotResource<T>>>;
export function hotResource<C extends readonly object[], T, S>(
  options: HotResourceOfManyOptions<C, T, S>,
): FactoryProvider<Promise<HotResource<T>>>;
export function hotResource<T, S>(
  options: CommonOptions<T, S> & {
    readonly from: HotConfigTarget | readonly HotConfigTarget[];
    readonly select?: (...configs: never[]) => S;
  },
): FactoryProvider<Promise<HotResource<T>>> {
  checkOptionNames('hotResource', options, OPTIONS);
  const definition = definitionOf(options);
  const factory = (runtime: HotConfigRuntime): Promise<HotResource<T>> =>
    runtime.bringUpResource<T>(definition);
  return {
    provide: options.provide,
    useFactory: Object.assign(factory, { [HOT_RESOURCE]: definition }),
    // Nest creates these first: the configs, and the resources that this one is built on.
    inject: [HOT_CONFIG_RUNTIME, ...definition.keys.map(getHotConfigToken), ...(options.uses ?? [])],
  };
}

/** Injects the `HotResource` of a token that `hotResource` provides. */
export function InjectHotResource(token: InjectionToken): ParameterDecorator & PropertyDecorator {
  return Inject(token);
}

function definitionOf<T, S>({
  provide,
  from,
  select,
  uses = [],
  ...rest
}: CommonOptions<T, S> & {
  readonly from: HotConfigTarget | readonly HotConfigTarget[];
  readonly select?: (...configs: never[]) => S;
}): HotResourceDefinition<T, S> {
  const name = nameOfToken(provide);
  const keys = (isMany(from) ? from : [from]).map(keyOf);
  if (keys.length === 0)
    throw new HotConfigSetupError(`"from" of the hot resource ${name} is empty. Name at least one config.`);
  const options = {
    ...rest,
    drainMs: rest.drainMs ?? DEFAULT_DRAIN_MS,
    disposeTimeoutMs: rest.disposeTimeoutMs ?? DEFAULT_DISPOSE_TIMEOUT_MS,
  };
  for (const option of ['timeoutMs', 'drainMs', 'disposeTimeoutMs'] as const) {
    checkMilliseconds(`${option} of the hot resource ${name}`, options[option], 0);
  }
  return {
    ...options,
    token: provide,
    name,
    keys,
    uses,
    select: (values) => (select ? select(...(values as never[])) : (values[0] as S)),
    equals: options.equals ?? isDeepStrictEqual,
    timeoutMs: options.timeoutMs,
  };
}

function isMany(from: HotConfigTarget | readonly HotConfigTarget[]): from is readonly HotConfigTarget[] {
  return Array.isArray(from);
}
