import { Module } from '@nestjs/common';
import { ConfigModifier, MODIFIER_OPTIONS } from './config-modifier.js';
import { settings } from './settings.js';

@Module({ providers: [{ provide: MODIFIER_OPTIONS, useFactory: settings }, ConfigModifier] })
export class ConfigModifierModule {}
