/** @typedef {'single' | 'cluster'} Topology */

export const nodes = { single: ['nats'], cluster: ['nats1', 'nats2', 'nats3'] };
export const apps = /** @type {const} */ (['service1', 'service2', 'service3', 'chaos-service']);
/** Every document, with the app that runs on it. */
export const keys = /** @type {Record<string, (typeof apps)[number]>} */ ({
  service1: 'service1',
  service2: 'service2',
  service3: 'service3',
  hooked: 'chaos-service',
  steady: 'chaos-service',
});

/** Milliseconds. The chaos service has shorter bounds, which a soak reaches; the samples have the bounds of the library. */
const bounds = { short: { reconcile: 5_000, stale: 12_500 }, usual: { reconcile: 30_000, stale: 75_000 } };

/** @param {string} app */
export function boundsOf(app) {
  return app === 'chaos-service' ? bounds.short : bounds.usual;
}
