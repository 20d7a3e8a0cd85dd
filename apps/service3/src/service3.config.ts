import { Type } from 'class-transformer';
import { IsBoolean, IsDefined, IsIn, IsInt, IsUrl, Max, Min, ValidateNested } from 'class-validator';
import { HotConfigSchema, Sensitive } from 'nestjs-hot-config';

export class DatabaseConfig {
  /** A PostgreSQL URL with user and password. */
  @Sensitive()
  @IsUrl({ protocols: ['postgres', 'postgresql'], require_protocol: true, require_tld: false })
  host!: string;
}

export class LoggingConfig {
  @IsIn(['DEBUG', 'INFO', 'WARN', 'ERROR'])
  level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' = 'INFO';

  @IsIn(['text', 'json'])
  format: 'text' | 'json' = 'text';
}

export class FeaturesConfig {
  @IsBoolean()
  enable_feature_x = false;

  @IsBoolean()
  enable_feature_y = false;
}

export class ScheduleConfig {
  /** Seconds between two heartbeats. */
  @IsInt()
  @Min(1)
  @Max(86_400)
  every_seconds = 30;
}

/** Like service1's, but not shared with it: a service is the authority on its own schema, and changes it alone. */
@HotConfigSchema('service3')
export class Service3Config {
  @IsDefined()
  @ValidateNested()
  @Type(() => DatabaseConfig)
  database!: DatabaseConfig;

  @ValidateNested()
  @Type(() => LoggingConfig)
  logging = new LoggingConfig();

  @ValidateNested()
  @Type(() => FeaturesConfig)
  features = new FeaturesConfig();

  @ValidateNested()
  @Type(() => ScheduleConfig)
  schedule = new ScheduleConfig();
}
