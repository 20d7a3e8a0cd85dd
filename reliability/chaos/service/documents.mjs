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
const behaviour = z.enum(['passes', 'slow', 'throws', 'hangs']);
const sensitive = ['database.host'];

/** The documents of this config control how the hooks behave. */
export const hooked = defineHotConfig(
  'hooked',
  z.object({ ...shape, hooks: z.object({ prepare: behaviour, notify: behaviour }) }),
  { sensitive },
);

/** The hooks must not affect this config. */
export const steady = defineHotConfig('steady', z.object(shape), { sensitive });

/** @typedef {HotConfigValue<typeof hooked>} Hooked */
/** @typedef {HotConfigValue<typeof steady>} Steady */
/** @typedef {Hooked['hooks']['prepare']} Behaviour */
