import { services } from '../../harness/apps.mjs';
import { ask, askUntil } from '../../harness/http.mjs';
import { edit } from './edit.mjs';

/** @import { Addresses, ServiceName } from '../../harness/apps.mjs' */
/** @typedef {{ appliedAt: string, revision: number, value?: { features?: { enable_feature_x?: boolean } } }} ConfigAnswer */
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

/** @param {string} configs @param {ServiceName} name @returns {Promise<Save>} */
async function flipFeature(configs, name) {
  const line = /^(\s*enable_feature_x:\s*)(true|false)\b/m;
  let wanted = false;
  const savedAt = await edit(configs, name, line, (_found, before, value) => {
    wanted = value === 'false';
    return `${before}${wanted}`;
  });
  return { name, savedAt, wanted };
}

/** @param {Save} save @param {Addresses} addresses */
async function untilApplied({ name, savedAt, wanted }, addresses) {
  const { appliedAt, revision } = await askUntil(
    `${addresses[name]}/config`,
    (/** @type {ConfigAnswer} */ config) =>
      config.value?.features?.enable_feature_x === wanted ? config : undefined,
    appliedWithinMs,
    async (answer) => {
      const { body } = await ask(`${addresses.loader}/documents`);
      return `${name} did not apply the change within ${appliedWithinMs / 1000} s. It answers: ${answer}. The loader answers: ${JSON.stringify(body)}`;
    },
  );
  // Both times are from the clock of this machine.
  const milliseconds = Date.parse(appliedAt) - savedAt;
  return {
    name,
    milliseconds,
    change: `features.enable_feature_x ${!wanted} → ${wanted}, revision ${revision}`,
  };
}
