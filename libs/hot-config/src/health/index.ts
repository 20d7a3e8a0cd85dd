export { HotConfigHealthIndicator, type HotConfigKeyHealth } from './hot-config.health.js';
export { HotConfigHealthModule } from './hot-config-health.module.js';
