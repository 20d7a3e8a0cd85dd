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
  }),
  { sensitive: ['database.host'] },
);

export type Service2Config = HotConfigValue<typeof service2Config>;
