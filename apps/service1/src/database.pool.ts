import { hotResource } from 'nestjs-hot-config';
import { checkDatabase, openPool } from 'service-kit';
import { Service1Config } from './service1.config.js';

export const DATABASE_POOL = Symbol('DATABASE_POOL');

/**
 * Rebuilt when `database` changes. If the new database does not answer, the change is rejected and the old pool stays in use; only
 * the start does not depend on it.
 */
export const databasePool = hotResource({
  provide: DATABASE_POOL,
  from: Service1Config,
  select: (config) => config.database,
  create: ({ host }) => openPool(host),
  verify: (pool, { previous }) => checkDatabase(pool, { required: previous !== undefined }),
  dispose: (pool) => pool.end(),
});
