import { Controller, Get } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { HotConfig, type HotConfigRef } from 'nestjs-hot-config';
import { Service3Config } from './service3.config.js';

export interface Answer {
  readonly service: string;
  readonly mode: 'plain' | 'fancy';
  readonly extras: readonly string[];
}

/**
 * The same answer over HTTP and over NATS, as Nest's clients ask for it. By hand, with the two members that make it a
 * request to Nest: `nats request service3.answer '{"id":"1","data":""}'`.
 */
@Controller()
export class Service3Controller {
  constructor(@HotConfig(Service3Config) private readonly config: HotConfigRef<Service3Config>) {}

  @Get()
  @MessagePattern('service3.answer')
  answer(): Answer {
    const { enable_feature_x: x, enable_feature_y: y } = this.config.value.features;
    return { service: 'service3', mode: x ? 'fancy' : 'plain', extras: y ? ['feature y'] : [] };
  }
}
