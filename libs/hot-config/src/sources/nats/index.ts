export { natsSource, type NatsSource } from './nats-source.js';
export type { NatsConnectionOptions, NatsSourceOptions, NatsTlsOptions } from './options.js';
