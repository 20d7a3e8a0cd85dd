import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsString, ValidateNested } from 'class-validator';
import { HotConfigSchema, Sensitive } from 'nestjs-hot-config';
import { IsCron } from './is-cron.js';

export class DatabaseConfig {
  @Sensitive() @IsString() url = 'postgres://nowhere.invalid/shop';
}

export class LoggingConfig {
  @IsIn(['error', 'warn', 'log', 'debug']) level: 'error' | 'warn' | 'log' | 'debug' = 'log';
  @IsIn(['text', 'json']) format: 'text' | 'json' = 'text';
}

export class ReportConfig {
  @IsCron() schedule = '0 3 * * *';
}

export class FeaturesConfig {
  @IsBoolean() checkout = false;
}

/** The config that the recipes are built on. */
@HotConfigSchema('shop')
export class ShopConfig {
  @ValidateNested() @Type(() => DatabaseConfig) database = new DatabaseConfig();
  @ValidateNested() @Type(() => LoggingConfig) logging = new LoggingConfig();
  @ValidateNested() @Type(() => ReportConfig) report = new ReportConfig();
  @ValidateNested() @Type(() => FeaturesConfig) features = new FeaturesConfig();
}
