export { natsSource, type NatsSource } from './nats-source.js';
export {
  parseServers,
  type NatsConnectionOptions,
  type NatsSourceOptions,
  type NatsTlsOptions,
  type ServerAddresses,
} from './options.js';
