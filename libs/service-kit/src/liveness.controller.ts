import { Controller, Get } from '@nestjs/common';

/**
 * `GET /health/live`: 200 while the process can answer at all, whatever becomes of NATS. For whoever restarts what hangs: to
 * restart because NATS is away would only take the last good value away.
 */
@Controller('health/live')
export class LivenessController {
  @Get()
  check(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }
}
