import { ConsoleLogger, Injectable, Logger, type LogLevel } from '@nestjs/common';
import { HotConfig, type HotConfigChange, type HotConfigRef, OnHotConfigChange } from 'nestjs-hot-config';
import { type LoggingConfig, ShopConfig } from './shop.config.js';

const levels: readonly LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'];

@Injectable()
export class LoggingFollower {
  constructor(@HotConfig(ShopConfig) config: HotConfigRef<ShopConfig>) {
    this.follow(config.value.logging);
  }

  @OnHotConfigChange(ShopConfig, { path: 'logging' })
  relog({ current }: HotConfigChange<ShopConfig>): void {
    this.follow(current.logging);
  }

  /** Every `new Logger('…')` of the application, made before or after, writes through the one that is set last. */
  private follow({ level, format }: LoggingConfig): void {
    const logLevels = levels.slice(0, levels.indexOf(level) + 1);
    Logger.overrideLogger(new ConsoleLogger({ logLevels, json: format === 'json' }));
  }
}
