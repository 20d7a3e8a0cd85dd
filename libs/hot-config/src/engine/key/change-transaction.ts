import { HotConfigVetoError } from '../../contract/index.js';
import { maskOf } from '../../redaction/index.js';
import type { Hook } from '../hooks/hook-caller.js';
import type { KeyHooks } from '../hooks/key-hooks.js';
import { asRejection, RejectionError } from '../rejection-error.js';
import type { ChangeLock, ResourceSet } from '../resources/resource-set.js';
import type { ChangeDescriber } from './change.js';
import type { EvaluatedDocument, EvaluationContext } from './document-evaluation.js';
import type { Provenance } from './key-state.js';
import type { ServedValue } from './served-value.js';

export interface TransactionContext<T extends object> extends EvaluationContext<T> {
  readonly served: ServedValue<T>;
  readonly hooks: KeyHooks<T>;
  readonly changes: ChangeDescriber<T>;
  readonly resources: ResourceSet;
}

/**
 * Makes a valid document the served value, or changes nothing. After a stop it changes nothing either.
 *
 * @param lock held by the caller from before the evaluation until the change is over
 * @throws RejectionError, or `stopped.reason`
 */
export async function applyChange<T extends object>(
  evaluated: EvaluatedDocument<T>,
  provenance: Provenance,
  lock: ChangeLock,
  context: TransactionContext<T>,
): Promise<void> {
  const { definition, served, stopped } = context;
  const { applied } = served.state;
  try {
    await commit(evaluated, provenance, lock, context);
  } catch (cause) {
    if (stopped.aborted) throw cause;
    const { plain, snapshot } = evaluated;
    throw asRejection(cause, maskOf(definition, plain, snapshot.value, applied?.value));
  }
}

/** prepare hooks → prepare resources → swap value and resources in one step → critical hooks confirm → keep, or undo → notify. */
async function commit<T extends object>(
  evaluated: EvaluatedDocument<T>,
  provenance: Provenance,
  lock: ChangeLock,
  { served, hooks, changes, resources, stopped }: TransactionContext<T>,
): Promise<void> {
  const before = served.state;
  const { applied } = before;
  if (applied?.value === evaluated.snapshot.value) return served.confirm(evaluated, provenance);
  // Before anything else, because comparing reads every property: a getter that throws rejects the document.
  const change = applied && changes.describe(applied, evaluated.snapshot, stopped);
  await hooks.prepare(applied, evaluated.snapshot);
  const prepared = await resources.prepare(evaluated.snapshot, lock);
  if (stopped.aborted) prepared.discard();
  stopped.throwIfAborted();

  const snapshot = Object.freeze({ ...evaluated.snapshot, appliedAt: new Date() });
  const hooksAtSwap = hooks.hooksAtSwap();
  prepared.swap();
  served.swap({ ...evaluated, snapshot }, provenance, change);

  const accepted = new Set<Hook<T>>();
  try {
    // A first value cannot be rolled back, so no critical hook is asked about it.
    if (applied) await hooks.confirm(hooksAtSwap, applied, snapshot, accepted);
  } catch (cause) {
    prepared.undo();
    served.rollBack(before);
    if (applied) await hooks.rollBack(accepted, snapshot, applied);
    throw cause instanceof HotConfigVetoError ? new RejectionError('confirm', cause) : cause;
  }
  prepared.keep();
  if (provenance === 'store') served.markSynchronized();
  hooks.notify(snapshot);
}
