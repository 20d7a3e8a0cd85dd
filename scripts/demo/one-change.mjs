import { services } from '../../harness/apps.mjs';
import { poll } from '../../harness/eventually.mjs';
import { ask } from '../../harness/http.mjs';
import { edit } from './edit.mjs';

/** @import { Addresses, ServiceName } from '../../harness/apps.mjs' */
/** @typedef {{ appliedAt: string, revision: number, value?: { features?: { enable_feature_x?: boolean } }, rejection?: { message: string } }} ConfigAnswer */
/** @typedef {{ name: ServiceName, savedAt: number, wanted: boolean }} Save */

/** Milliseconds from the save until all services must have applied it. */
const appliedWithinMs = 20_000;

/**
 * Flips `features.enable_feature_x` in the document of each service and waits until each serves the new value.
 *
 * @param {string} configs the folder of the documents
 * @param {Addresses} addresses
 * @returns {Promise<{ name: string, milliseconds: number, change: string }[]>} from the save to the swap
 */
export async function saveOneChange(configs, addresses) {
  const saves = [];
  for (const name of services) saves.push(await flipFeature(configs, name));
  return Promise.all(saves.map((save) => untilApplied(save, addresses)));
}

/**
 * @param {string} configs
 * @param {ServiceName} name
 * @returns {Promise<Save>}
 */
async function flipFeature(configs, name) {
  const line = /^(\s*enable_feature_x:\s*)(true|false)\b/m;
  let wanted = false;
  const savedAt = await edit(configs, name, line, (_found, before, value) => {
    wanted = value === 'false';
    return `${before}${wanted}`;
  });
  return { name, savedAt, wanted };
}

/**
 * @param {Save} save
 * @param {Addresses} addresses
 */
async function untilApplied({ name, savedAt, wanted }, addresses) {
  const { ok, body } = await poll(
    () => ask(`${addresses[name]}/config`),
    (answer) => answer.ok && featureX(answer.body) === wanted,
    { withinMs: appliedWithinMs },
  );
  if (!ok || featureX(body) !== wanted) {
    throw new Error(
      `${name} did not apply the change within ${appliedWithinMs / 1000} s. ${await reason(body, addresses)}`,
    );
  }
  const { appliedAt, revision } = /** @type {ConfigAnswer} */ (body);
  // Both times by the clock of this machine.
  const milliseconds = Date.parse(appliedAt) - savedAt;
  return {
    name,
    milliseconds,
    change: `features.enable_feature_x ${!wanted} → ${wanted}, revision ${revision}`,
  };
}

/** @param {unknown} body */
function featureX(body) {
  return /** @type {ConfigAnswer} */ (body).value?.features?.enable_feature_x;
}

/**
 * @param {unknown} body what the service answered last
 * @param {Addresses} addresses
 */
async function reason(body, addresses) {
  const { rejection } = /** @type {Partial<ConfigAnswer>} */ (Object(body));
  if (rejection) return `It rejected the document: ${rejection.message}`;
  const documents = await ask(`${addresses.loader}/documents`);
  return `The loader answers: ${JSON.stringify(documents.body)}`;
}
