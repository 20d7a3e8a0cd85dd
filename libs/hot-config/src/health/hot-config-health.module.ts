import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HotConfigHealthIndicator } from './hot-config.health.js';

/** Import it where your health controller is; it exports the indicator. */
@Module({
  imports: [TerminusModule],
  providers: [HotConfigHealthIndicator],
  exports: [HotConfigHealthIndicator],
})
export class HotConfigHealthModule {}
