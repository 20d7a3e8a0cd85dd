import { Module } from '@nestjs/common';
import { HotConfigModule } from 'nestjs-hot-config';
import { hotConfigOptions, ServiceKitModule } from 'service-kit';
import { ConfigStory } from './config.story.js';
import { Service3Config } from './service3.config.js';
import { Service3Controller } from './service3.controller.js';

@Module({
  imports: [
    HotConfigModule.forRootAsync({ useFactory: () => hotConfigOptions('service3') }),
    HotConfigModule.forFeature([Service3Config]),
    ServiceKitModule,
  ],
  controllers: [Service3Controller],
  providers: [ConfigStory],
})
export class Service3Module {}
