import { Type } from 'class-transformer';
import { IsBoolean, IsDefined, IsIn, IsUrl, ValidateNested } from 'class-validator';
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

@HotConfigSchema('service1')
export class Service1Config {
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
}
