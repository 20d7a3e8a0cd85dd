import { ask, askUntil } from './answers.mjs';
import { services } from './apps.mjs';
import { edit } from './edit.mjs';

/** @import { Addresses, ServiceName } from './apps.mjs' */
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
  const answer = await askUntil(
    `${addresses[name]}/config`,
    ({ ok, body }) => {
      const config = /** @type {ConfigAnswer} */ (body);
      return ok && config.value?.features?.enable_feature_x === wanted ? config : undefined;
    },
    appliedWithinMs,
  );
  if ('last' in answer) {
    throw new Error(
      `${name} did not apply the change within ${appliedWithinMs / 1000} s. ${await reason(answer.last.body, addresses)}`,
    );
  }
  // Both times by the clock of this machine.
  const milliseconds = Date.parse(answer.picked.appliedAt) - savedAt;
  return {
    name,
    milliseconds,
    change: `features.enable_feature_x ${!wanted} → ${wanted}, revision ${answer.picked.revision}`,
  };
}

/**
 * @param {unknown} body what the service answered last
 * @param {Addresses} addresses
 */
async function reason(body, addresses) {
  const { rejection } = /** @type {Partial<ConfigAnswer>} */ (Object(body));
  if (rejection) return `It rejected the document: ${rejection.message}`;
  const documents = await ask(`${addresses.loader}/documents`);
  return `The loader says: ${JSON.stringify(documents.body)}`;
}
