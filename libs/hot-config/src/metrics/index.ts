export { HotConfigMetricsModule, type HotConfigMetricsOptions } from './hot-config-metrics.module.js';
