export { parseServers, type ServerAddresses } from './addresses.js';
export type {
  NatsBucketOptions,
  NatsConnectionOptions,
  NatsSourceOptions,
  NatsTlsOptions,
} from './options.js';
export { type NatsSource, natsSource } from './source/nats-source.js';
