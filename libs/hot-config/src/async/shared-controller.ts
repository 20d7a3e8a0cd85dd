import { setMaxListeners } from 'node:events';

/**
 * A controller whose signal any number of keys, hooks and subscribers may listen to, for as long as they exist. At the
 * eleventh listener of a signal Node warns of a leak, which this is not.
 */
export function sharedController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
