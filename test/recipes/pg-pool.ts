import { Injectable } from '@nestjs/common';
import { type HotResource, hotResource, InjectHotResource } from 'nestjs-hot-config';
import { Pool } from 'pg';
import { ShopConfig } from './shop.config.js';

export const PG_POOL = Symbol('PG_POOL');

export const pgPool = hotResource({
  provide: PG_POOL,
  from: ShopConfig,
  select: ({ database }) => database.url,
  create: (connectionString) => {
    const pool = new Pool({ connectionString, connectionTimeoutMillis: 4_000, query_timeout: 4_000 });
    // The pool replaces an idle connection that is lost; without a listener that would end the process.
    return pool.on('error', () => undefined);
  },
  verify: (pool) => pool.query('select 1'),
  dispose: (pool) => pool.end(),
});

@Injectable()
export class Orders {
  constructor(@InjectHotResource(PG_POOL) private readonly pool: HotResource<Pool>) {}

  async shop(): Promise<unknown> {
    const { rows } = await this.pool.use((pool) => pool.query('select current_database() as shop'));
    return (rows[0] as { shop: unknown }).shop;
  }
}
