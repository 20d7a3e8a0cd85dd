import type { LoggerService } from '@nestjs/common';

export const silent: LoggerService = { log: () => undefined, warn: () => undefined, error: () => undefined };
