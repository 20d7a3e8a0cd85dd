import { BadGatewayException, Controller, Get, Inject } from '@nestjs/common';
import { env } from 'service-kit';
import { UpstreamClient } from './upstream.client.js';

/** Forwards the answer of the service at UPSTREAM_URL. */
@Controller('upstream')
export class UpstreamController {
  private readonly url = env('UPSTREAM_URL') ?? 'http://localhost:3001/';

  constructor(@Inject(UpstreamClient) private readonly client: UpstreamClient) {}

  @Get()
  async ask(): Promise<{ status: number; text: string }> {
    try {
      return await this.client.get(this.url);
    } catch (cause) {
      throw new BadGatewayException(`${this.url} did not answer: ${String(cause)}`, { cause });
    }
  }
}
