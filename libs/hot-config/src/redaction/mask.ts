import type { HotConfigDefinition } from '../contract/index.js';
import { isName, nameAtStart } from '../document/index.js';
import { leavesOf } from './leaves.js';
import { SecretIndex } from './secret-index.js';

export const REDACTED = '[redacted]';

/** Replaces secrets in a text that others wrote, such as a driver's error message. */
export type Mask = (text: string) => string;

export type Sensitivity = Pick<HotConfigDefinition, 'isSensitive' | 'holdsSensitive'>;

/**
 * A mask of every sensitive value inside these values of one config. A message about a change may quote both sides of it:
 * the value in force before is a secret still, and in force again if the change fails.
 */
export function maskOf(definition: Sensitivity, ...values: readonly unknown[]): Mask {
  return maskOfSecrets({
    *[Symbol.iterator]() {
      for (const value of values) yield* secretsOf(definition, value);
    },
  });
}

/** Replaces these texts, in every form in which they get into a message. They are read when the first text is masked. */
export function maskOfSecrets(secrets: Iterable<string>): Mask {
  let index: SecretIndex | undefined;
  return (text) => {
    index ??= new SecretIndex(secrets);
    return index.replace(text, REDACTED);
  };
}

function* secretsOf(definition: Sensitivity, value: unknown): Generator<string> {
  const isSecret = (path: readonly string[]): boolean => definition.isSensitive(value, path);
  for (const [path, leaf] of leavesOf(value)) {
    const isText = typeof leaf === 'string' || typeof leaf === 'number' || typeof leaf === 'bigint';
    // A scalar where a mapping with a secret belongs is most likely that secret.
    if (isText && (isSecret(path) || definition.holdsSensitive(path))) yield String(leaf);
    yield* secretsInKeys(path, isSecret);
  }
}

/** To YAML `{password:hunter2}`, with the space missing, is a key. */
function* secretsInKeys(
  path: readonly string[],
  isSecret: (path: readonly string[]) => boolean,
): Generator<string> {
  for (const [depth, key] of path.entries()) {
    if (isName(key)) continue;
    const name = nameAtStart(key);
    if (isSecret([...path.slice(0, depth), name])) yield* [key, key.slice(name.length + 1).trim()];
  }
}
