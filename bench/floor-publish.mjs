// The publishing half of the floor: fs.watch, readFile, kv.put. It checks and compares nothing, and publishes a half-written file
// too: the least that a program can do.
import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';

const [servers = '', directory = ''] = process.argv.slice(2);
const connection = await connect({ servers });
const bucket = await new Kvm(jetstream(connection)).create('floor');

watch(directory, (_event, file) => {
  if (file?.endsWith('.yaml')) void publish(file);
});
console.log('ready');

/** @param {string} file */
async function publish(file) {
  await bucket.put(file.replace('.yaml', ''), await readFile(join(directory, file)));
}
