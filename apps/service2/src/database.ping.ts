import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HotConfig, OnHotConfigChange, type HotConfigChange, type HotConfigRef } from 'nestjs-hot-config';
import { checkDatabase, openPool } from 'service-kit';
import { service2Config, type Service2Config } from './service2.config.js';

/** Told after a change, so it can only warn: see service1 for a database that must answer before it is used. */
@Injectable()
export class DatabasePing implements OnApplicationBootstrap {
  constructor(@HotConfig(service2Config) private readonly config: HotConfigRef<Service2Config>) {}

  onApplicationBootstrap(): void {
    // Not waited for: nobody here needs the answer.
    void this.ping(this.config.value.database.host);
  }

  @OnHotConfigChange(service2Config, { path: 'database' })
  async followDatabase({ current }: HotConfigChange<Service2Config>): Promise<void> {
    await this.ping(current.database.host);
  }

  private async ping(url: string): Promise<void> {
    const pool = openPool(url);
    await checkDatabase(pool, { required: false });
    await pool.end();
  }
}
