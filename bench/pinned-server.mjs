/**
 * The smallest Nest application that reads its config in a handler. Its argument is how requests are held to one view: `plain`
 * not at all, `pinned` by the option `pinRequests`, `interceptor` by `HotConfigInterceptor`; `storage` has a middleware that does
 * nothing but run the request in an `AsyncLocalStorage`, `idle` an interceptor that does nothing.
 *
 * Sends over IPC its address and, at each message, the processor time that it has used, in microseconds.
 */
import 'reflect-metadata';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Controller, Get, Inject, Module, UseInterceptors } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { defineHotConfig, getHotConfigToken, HotConfigInterceptor, HotConfigModule } from 'nestjs-hot-config';
import { HotConfigTestingModule } from 'nestjs-hot-config/testing';
import { z } from 'zod';

/** @import { HotConfigRef } from 'nestjs-hot-config' */

const shop = defineHotConfig('shop', z.object({ name: z.string() }));

/** @param {string} path */
function controllerAt(path) {
  class ReadingController {
    /** @param {HotConfigRef<{ name: string }>} config */
    constructor(config) {
      this.config = config;
    }
    read() {
      return { name: this.config.value.name };
    }
  }
  const handler = /** @type {PropertyDescriptor} */ (
    Object.getOwnPropertyDescriptor(ReadingController.prototype, 'read')
  );
  Get()(ReadingController.prototype, 'read', handler);
  Inject(getHotConfigToken(shop))(ReadingController, undefined, 0);
  Controller(path)(ReadingController);
  return ReadingController;
}

const [kind] = process.argv.slice(2);
const controller = controllerAt('config');
if (kind === 'interceptor') UseInterceptors(HotConfigInterceptor)(controller);
if (kind === 'idle') UseInterceptors({ intercept: (_context, next) => next.handle() })(controller);

class BenchModule {}
Module({
  imports: [
    HotConfigTestingModule.forRoot({ shop: { name: 'corner' } }),
    HotConfigModule.forRoot({ pinRequests: kind === 'pinned' }),
    HotConfigModule.forFeature([shop]),
  ],
  controllers: [controller],
})(BenchModule);

const app = await NestFactory.create(BenchModule, { logger: false });
if (kind === 'storage') {
  const storage = new AsyncLocalStorage();
  app.use((/** @type {unknown} */ request, /** @type {unknown} */ _, /** @type {() => void} */ next) =>
    storage.run(request, next),
  );
}
await app.listen(0, '127.0.0.1');
// Longer than the windows of the other servers, so that no idle connection is closed just when it is used again.
app.getHttpServer().keepAliveTimeout = 120_000;
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ microseconds: user + system });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ url: await app.getUrl() });
