#!/usr/bin/env node
/**
 * Checks one process over very many changes through one engine, with every kind of listener that an application can
 * have, and some that come and go with each change. Heap, handles and listeners must be the same after as before.
 */
import { getEventListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { defineHotConfig, HotConfigModule, HotConfigService, OnHotConfigChange } from 'nestjs-hot-config';
import { MemorySource } from 'nestjs-hot-config/testing';
import { z } from 'zod';
import { commandLine } from '../harness/command-line.mjs';
import { footprint } from './footprint.mjs';

/** @import { HotConfigRef } from 'nestjs-hot-config' */
/** @import { Footprint } from './footprint.mjs' */

const usage = `Usage: npm run reliability:changes -- [--changes N] [--last-known-good] [--json]

  --changes N   changes that are applied between the two measurements (100000)
  --last-known-good   keep the last known good on disk meanwhile; slower
  --json        the figures as JSON on standard output

Exit code 1 when the heap has grown, a handle or a listener was left, or a change was lost.`;

/** Bytes of heap per change. A leaked listener or snapshot costs some hundred bytes. */
const allowedBytes = 16;
/** Bytes of heap for any number of changes. Code that was compiled at run time took half of them. */
const allowedNoise = 1024 * 1024;

/** Counts the calls of an application's hooks. It keeps no list, which would look like a leak. */
class Heard {
  prepared = 0;
  notified = 0;
  decorated = 0;
  observed = 0;
  selected = 0;
  rejected = 0;

  beforeHotConfigChange() {
    this.prepared += 1;
  }

  onHotConfigChange() {
    this.notified += 1;
  }

  decoratedHook() {
    this.decorated += 1;
  }
}
const descriptor = /** @type {PropertyDescriptor} */ (
  Object.getOwnPropertyDescriptor(Heard.prototype, 'decoratedHook')
);
OnHotConfigChange('shop', { path: 'limit' })(Heard.prototype, 'decoratedHook', descriptor);

class Root {}
Module({})(Root);

/** @typedef {{ name: string, limit: number, tags: string[] }} Shop */
const shop = defineHotConfig(
  'shop',
  z.object({ name: z.string(), limit: z.number(), tags: z.array(z.string()) }),
);

/** @param {number} n */
const document = (n) => ({ name: `shop ${n}`, limit: n, tags: ['a', `b${n}`] });

/** @param {MemorySource} source @param {string | undefined} directory */
async function startApplication(source, directory) {
  return NestFactory.createApplicationContext(
    {
      module: Root,
      imports: [
        HotConfigModule.forRoot({ source, ...(directory ? { lastKnownGood: { directory } } : {}) }),
        HotConfigModule.forFeature([shop]),
      ],
      providers: [Heard],
    },
    { logger: false },
  );
}

/**
 * Counts every listener that the library holds for its users, through its private members.
 *
 * @param {{ pipeline(key: string): object }} engine
 * @param {AbortSignal} closed
 */
function listenersOf(engine, closed) {
  const pipeline = /** @type {any} */ (engine.pipeline('shop'));
  const stopping = /** @type {{ stopping: AbortController }} */ (/** @type {unknown} */ (engine)).stopping;
  const { swapListeners, rejectionListeners } = pipeline.served;
  const { preparing, critical, notifiers, lateNotifiers } = pipeline.hooks;
  return {
    swaps: swapListeners.size,
    rejections: rejectionListeners.size,
    hooks: preparing.size + critical.size + notifiers.size + lateNotifiers.size,
    stopping: getEventListeners(stopping.signal, 'abort').length,
    closed: getEventListeners(closed, 'abort').length,
    process: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
}

/** @param {HotConfigRef<Shop>} ref @param {Heard} heard */
function listenForGood(ref, heard) {
  /** @type {{ closed: AbortSignal | undefined }} `closed` is aborted when the application closes. */
  const listener = { closed: undefined };
  ref.value$.subscribe(() => (heard.observed += 1));
  ref.changes$.subscribe((change) => (listener.closed = change.signal));
  ref.rejections$.subscribe(() => (heard.rejected += 1));
  ref.select(({ limit }) => limit).onChange(() => (heard.selected += 1));
  ref.select(({ tags }) => tags).value$.subscribe(() => undefined);
  return listener;
}

/** @param {{ changes: number, lastKnownGood: boolean }} options */
async function run({ changes, lastKnownGood }) {
  const source = new MemorySource({ shop: document(0) });
  const directory = lastKnownGood ? await mkdtemp(join(tmpdir(), 'hot-config-changes-')) : undefined;
  const app = await startApplication(source, directory);
  try {
    const heard = app.get(Heard);
    const engine = app.get(Symbol.for('nestjs-hot-config.engine'));
    /** @type {HotConfigRef<Shop>} */
    const ref = app.get(HotConfigService).ref(shop);
    const listener = listenForGood(ref, heard);
    let n = 0;
    const change = async () => {
      n += 1;
      // These listeners exist for one change only.
      const subscriptions = [
        ref.value$.subscribe(() => undefined),
        ref.changes$.subscribe(() => undefined),
        ref.select(({ name }) => name).value$.subscribe(() => undefined),
      ];
      const hooks = [
        ref.onChange(() => undefined),
        ref.select(({ tags }) => tags[1]).onChange(() => undefined, { immediate: true }),
      ];
      if (n % 10 === 0) source.put('shop', { name: 'rejected', limit: 'many', tags: [] });
      if (n % 10 === 0) await engine.idle();
      if (n % 1_000 === 0) source.newEpoch();
      source.put('shop', document(n));
      await engine.idle();
      if (ref.value.limit !== n) throw new Error(`change ${n} was lost`);
      for (const subscription of subscriptions) subscription.unsubscribe();
      for (const hook of hooks) hook.dispose();
    };

    const warmUp = Math.max(2_000, Math.round(changes / 10));
    while (n < warmUp) await change();
    const signal = /** @type {AbortSignal} */ (listener.closed);
    const before = { ...(await footprint()), listeners: listenersOf(engine, signal) };
    const start = performance.now();
    while (n < warmUp + changes) await change();
    const seconds = (performance.now() - start) / 1_000;
    const after = { ...(await footprint()), listeners: listenersOf(engine, signal) };
    return { changes, warmUp, lastKnownGood, seconds, before, after, heard: { ...heard } };
  } finally {
    await app.close();
    if (directory) await rm(directory, { recursive: true });
  }
}

/** @param {Awaited<ReturnType<typeof run>>} result */
function faultsOf({ changes, warmUp, before, after, heard }) {
  const grown = after.heapBytes - before.heapBytes;
  const total = warmUp + changes;
  const expected = {
    prepared: total,
    notified: total,
    decorated: total,
    // The current value at the subscription is counted too.
    observed: total + 1,
    selected: total,
    rejected: Math.floor(total / 10),
  };
  /** @param {unknown} one @param {unknown} two */
  const differ = (one, two) => JSON.stringify(one) !== JSON.stringify(two);
  return [
    ...(grown > allowedNoise + allowedBytes * changes ? [`the heap has grown by ${grown} bytes`] : []),
    ...(differ(before.handles, after.handles) ? ['handles were left open'] : []),
    ...(differ(before.listeners, after.listeners) ? ['listeners were left'] : []),
    ...(differ(expected, heard) ? [`not every change was heard: ${JSON.stringify(expected)} expected`] : []),
  ];
}

const defaults = { changes: 100_000, 'last-known-good': false, json: false };
const { changes, 'last-known-good': lastKnownGood, json } = commandLine(usage, defaults);
const result = await run({ changes, lastKnownGood });
const faults = faultsOf(result);
if (json) console.log(JSON.stringify({ ...result, faults }));
else {
  const { before, after, heard, seconds } = result;
  const megabytes = (/** @type {Footprint} */ { heapBytes }) => `${(heapBytes / 1024 / 1024).toFixed(2)} MiB`;
  console.log(`${changes} changes in ${seconds.toFixed(1)} s, after ${result.warmUp} to warm up`);
  console.log(`heap       ${megabytes(before)} → ${megabytes(after)}`);
  console.log(`handles    ${JSON.stringify(before.handles)} → ${JSON.stringify(after.handles)}`);
  console.log(
    `listeners  ${JSON.stringify(before.listeners)}\n         → ${JSON.stringify(after.listeners)}`,
  );
  console.log(`heard      ${JSON.stringify(heard)}`);
  for (const fault of faults) console.error(`FAILED: ${fault}`);
}
process.exitCode = faults.length === 0 ? 0 : 1;
