import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HotConfig, type HotConfigChange, type HotConfigRef, OnHotConfigChange } from 'nestjs-hot-config';
import { checkDatabase, openPool } from 'service-kit';
import { type Service2Config, service2Config } from './service2.config.js';

/** Runs after a change, so it can only warn. In service1 a database must answer before the change happens. */
@Injectable()
export class DatabasePing implements OnApplicationBootstrap {
  constructor(@HotConfig(service2Config) private readonly config: HotConfigRef<Service2Config>) {}

  onApplicationBootstrap(): void {
    // Not awaited, because nothing here needs the answer.
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
