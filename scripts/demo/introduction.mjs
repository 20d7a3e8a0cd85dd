import { join } from 'node:path';
import { services } from '../../harness/apps.mjs';
import { box } from './terminal.mjs';

/** @import { Addresses } from '../../harness/apps.mjs' */
/** @import { RunningNats } from './nats-server.mjs' */
/** @import { Paint } from './terminal.mjs' */

/**
 * @typedef {object} Running
 * @property {RunningNats} nats
 * @property {Addresses} addresses
 * @property {readonly string[]} databases PostgreSQL URLs
 * @property {string} configs the folder of the documents
 * @property {string | undefined} intervalMs between two changes of the modifier; undefined without a modifier
 */

/**
 * @param {Running} running
 * @param {Paint} paint
 * @returns {string} what runs where, and what a reader can try
 */
export function introduction({ nats, addresses, databases, configs, intervalMs }, paint) {
  const where = [
    `nats-server      ${nats.url}  (${nats.version}, ${nats.program})`,
    ...databases.map((url, at) => `postgres ${at + 1}       ${url}`),
    `config-loader    ${addresses.loader}/documents`,
    ...services.map((name) => `${name}         ${addresses[name]}/config`),
  ];
  if (intervalMs === undefined) return box('hot-config demo', where, paint);
  const lines = [
    ...where,
    `config-modifier  changes a random document every ${Number(intervalMs) / 1000} s; every third change mistypes its database`,
    '',
    `Edit the files in ${configs}`,
    'They are a copy; the checkout stays as it is. Try:',
    `  change a value   open service1.yaml there, set logging.format to json, save`,
    `  break a file     echo 'oops: [' >> ${join(configs, 'service2.yaml')}`,
    `  see the database curl ${addresses.service1}/db`,
    `  see what runs    curl ${addresses.service2}/config    and why: curl ${addresses.loader}/documents`,
    '',
    'Ctrl-C stops everything and removes the copy.',
  ];
  return box('hot-config demo', lines, paint);
}
