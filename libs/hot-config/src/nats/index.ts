export { natsSource, type NatsSource } from './source/nats-source.js';
export { parseServers, type ServerAddresses } from './addresses.js';
export type {
  NatsBucketOptions,
  NatsConnectionOptions,
  NatsSourceOptions,
  NatsTlsOptions,
} from './options.js';
