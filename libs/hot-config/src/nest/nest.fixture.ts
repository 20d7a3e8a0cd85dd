import { Type } from 'class-transformer';
import { IsInt, IsString, ValidateNested } from 'class-validator';
import { HotConfigSchema, Sensitive } from '../schema/index.js';

export class LimitsConfig {
  @IsInt()
  perMinute = 60;
}

@HotConfigSchema('shop')
export class ShopConfig {
  @IsString()
  name!: string;

  @Sensitive()
  @IsString()
  apiKey = 'none-given';

  @ValidateNested()
  @Type(() => LimitsConfig)
  limits = new LimitsConfig();
}
