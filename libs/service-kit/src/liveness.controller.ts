import { Controller, Get } from '@nestjs/common';

/**
 * `GET /health/live`: 200 while the process can answer at all, with or without NATS. For a supervisor that restarts a process which
 * hangs. NATS does not count, because a restart while NATS is away would only lose the applied value.
 */
@Controller('health/live')
export class LivenessController {
  @Get()
  check(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }
}
