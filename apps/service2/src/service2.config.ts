import { defineHotConfig, type HotConfigValue } from 'nestjs-hot-config';
import { z } from 'zod';

/** Any Standard Schema will do. `sensitive` keeps the database URL, with its password, out of every log and page. */
export const service2Config = defineHotConfig(
  'service2',
  z.object({
    database: z.object({ host: z.url({ protocol: /^postgres(ql)?$/ }) }),
    logging: z
      .object({
        level: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).default('INFO'),
        format: z.enum(['text', 'json']).default('text'),
      })
      .prefault({}),
    features: z
      .object({
        enable_feature_x: z.boolean().default(false),
        enable_feature_y: z.boolean().default(false),
      })
      .prefault({}),
    /** How many requests for a quote one client may make, within how many seconds. */
    limits: z
      .object({
        requests: z.int().min(0).default(60),
        seconds: z.int().min(1).max(86_400).default(60),
      })
      .prefault({}),
    upstream: z
      .object({
        connections: z.int().min(1).max(1_024).default(8),
        timeout_ms: z.int().min(1).max(60_000).default(3_000),
      })
      .prefault({}),
  }),
  { sensitive: ['database.host'] },
);

export type Service2Config = HotConfigValue<typeof service2Config>;
