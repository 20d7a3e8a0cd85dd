import { Controller, Get, Inject } from '@nestjs/common';
import { ConfigLoader } from './config-loader.js';
import type { DocumentReport } from './document-report.js';

@Controller('documents')
export class DocumentsController {
  constructor(@Inject(ConfigLoader) private readonly loader: ConfigLoader) {}

  /** Every document that has a file or is in the bucket, by key. */
  @Get()
  list(): readonly DocumentReport[] {
    return this.loader.reports();
  }
}
