import { defineHotConfig } from 'nestjs-hot-config';
import { z } from 'zod';

/** @import { HotConfigValue } from 'nestjs-hot-config' */

const shape = {
  database: z.object({ host: z.url({ protocol: /^postgres$/ }) }),
  marker: z.int(),
  nested: z.object({ marker: z.int(), list: z.array(z.int()) }),
  logging: z.object({
    level: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
    format: z.enum(['text', 'json']),
  }),
  features: z.object({ enable_feature_x: z.boolean(), enable_feature_y: z.boolean() }),
};
const conduct = z.enum(['passes', 'slow', 'throws', 'hangs']);
const sensitive = ['database.host'];

/** Says itself how the hooks around it behave. */
export const hooked = defineHotConfig(
  'hooked',
  z.object({ ...shape, hooks: z.object({ prepare: conduct, notify: conduct }) }),
  { sensitive },
);

/** Lives beside it, and must not feel any of that. */
export const steady = defineHotConfig('steady', z.object(shape), { sensitive });

/** @typedef {HotConfigValue<typeof hooked>} Hooked */
/** @typedef {HotConfigValue<typeof steady>} Steady */
/** @typedef {Hooked['hooks']['prepare']} Conduct */
