import { Controller, Get } from '@nestjs/common';
import { HotConfigService } from 'nestjs-hot-config';

@Controller('config')
export class ConfigController {
  constructor(private readonly configs: HotConfigService) {}

  @Get()
  view(): readonly object[] {
    return this.configs.status().map(({ key, state, applied, behind, confirmedAt, rejection }) => ({
      ...{ key, revision: applied.revision, digest: applied.digest, status: state, behind, confirmedAt },
      rejection: rejection && { revision: rejection.revision, message: rejection.error.message },
      value: this.configs.redactedValue(key), // what is marked as sensitive is `[redacted]`
    }));
  }
}
