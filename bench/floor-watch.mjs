// The watching half of the floor: kv.watch. Prints the key and the features of each document that arrives, as the services
// print a line, so that both are measured at the same place.
import { jetstream } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';

const [servers = ''] = process.argv.slice(2);
const connection = await connect({ servers });
const bucket = await new Kvm(jetstream(connection)).create('floor');
const entries = await bucket.watch();
console.log('ready');

for await (const entry of entries) {
  const features = entry.string().match(/enable_feature_[xy]: (true|false)/g);
  if (features) console.log(entry.key, ...features);
}
