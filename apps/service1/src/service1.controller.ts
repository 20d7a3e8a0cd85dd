import { Controller, Get } from '@nestjs/common';
import { HotConfig, type HotConfigRef } from 'nestjs-hot-config';
import { Service1Config } from './service1.config.js';

@Controller()
export class Service1Controller {
  constructor(@HotConfig(Service1Config) private readonly config: HotConfigRef<Service1Config>) {}

  /** Reads the switches at each request: what an operator saved a moment ago already counts. */
  @Get()
  answer(): { service: string; message: string; forecast?: string } {
    const { enable_feature_x: x, enable_feature_y: y } = this.config.value.features;
    return {
      service: 'service1',
      message: x ? 'Hello from the new feature x' : 'Hello',
      ...(y ? { forecast: 'feature y says: sunny' } : {}),
    };
  }
}
