import { setMaxListeners } from 'node:events';

/**
 * A controller whose signal any number of keys, hooks and subscribers may listen to, for as long as they exist. Without this
 * Node warns of a leak at the eleventh listener of a signal.
 */
export function sharedController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/**
 * A controller that is aborted with its parent, until `detach`. Not AbortSignal.any: on Node 20 it keeps every signal that was ever
 * derived from a long-lived one.
 */
export function childController(parent: AbortSignal): {
  readonly controller: AbortController;
  readonly detach: () => void;
} {
  const controller = new AbortController();
  const abort = (): void => controller.abort(parent.reason);
  parent.addEventListener('abort', abort, { once: true });
  if (parent.aborted) abort();
  return { controller, detach: () => parent.removeEventListener('abort', abort) };
}
