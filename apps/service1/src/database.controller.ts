import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { HotConfig, type HotConfigRef, type HotResource, InjectHotResource } from 'nestjs-hot-config';
import type { Pool } from 'pg';
import { askDatabase, type DatabaseAnswer } from 'service-kit';
import { DATABASE_POOL } from './database.pool.js';
import { Service1Config } from './service1.config.js';

/** `pinRequests` holds a request to one revision: the pool and the config that it reads belong together. */
@Controller('db')
export class DatabaseController {
  constructor(
    @HotConfig(Service1Config) private readonly config: HotConfigRef<Service1Config>,
    @InjectHotResource(DATABASE_POOL) private readonly pool: HotResource<Pool>,
  ) {}

  @Get()
  async answer(): Promise<DatabaseAnswer & { revision: number }> {
    const answer = await this.pool.use(askDatabase).catch(unavailable);
    return { ...answer, revision: this.config.snapshot.revision };
  }
}

function unavailable(error: Error): never {
  throw new ServiceUnavailableException(error.message);
}
