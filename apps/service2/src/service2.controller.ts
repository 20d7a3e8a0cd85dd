import { Controller, Get } from '@nestjs/common';
import { HotConfig, type HotConfigRef } from 'nestjs-hot-config';
import { type Service2Config, service2Config } from './service2.config.js';

@Controller()
export class Service2Controller {
  private readonly features: HotConfigRef<Service2Config['features']>;

  constructor(@HotConfig(service2Config) config: HotConfigRef<Service2Config>) {
    // A ref on a part: its value is always current, and it changes only when the part does.
    this.features = config.select((value) => value.features);
  }

  @Get()
  answer(): { service: string; greeting: string; features: readonly string[] } {
    const { enable_feature_x: x, enable_feature_y: y } = this.features.value;
    return {
      service: 'service2',
      greeting: x ? 'Good day, with feature x' : 'Good day',
      features: [...(x ? ['x'] : []), ...(y ? ['y'] : [])],
    };
  }
}
