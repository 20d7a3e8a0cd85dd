import { Module } from '@nestjs/common';
import { env, wholeNumber } from 'service-kit';
import { ConfigModifier, MODIFIER_OPTIONS, type ModifierOptions } from './config-modifier.js';

@Module({
  providers: [
    {
      provide: MODIFIER_OPTIONS,
      useFactory: (): ModifierOptions => ({
        directory: env('CONFIG_DIR') ?? 'configs',
        intervalMs: wholeNumber('INTERVAL_MS', 15_000, 10, 86_400_000),
        databases: env('DATABASE_URLS')?.split(',') ?? [1, 2, 3].map(localDatabase),
      }),
    },
    ConfigModifier,
  ],
})
export class ConfigModifierModule {}

function localDatabase(n: number): string {
  return `postgres://user${n}:password${n}@localhost:543${n}/database${n}`;
}
