import { Logger } from '@nestjs/common';
import { type HotConfigError, HotConfigUnavailableError, type LinkState } from 'nestjs-hot-config';

export type LinkEnd = 'NATS' | 'files';

/** The links to the files and to the bucket, and why a link cannot be used now. Logs each change. */
export class Links {
  private readonly logger = new Logger('ConfigLoader');
  private readonly problems = new Map<LinkEnd, string>([
    ['NATS', 'NATS is not connected yet.'],
    ['files', 'The files have not been read yet.'],
  ]);

  /** The problems of both links; undefined while both can be used. */
  get problem(): string | undefined {
    return [...this.problems.values()].join(' ') || undefined;
  }

  isDown(end: LinkEnd): boolean {
    return this.problems.has(end);
  }

  update(end: LinkEnd, link: LinkState): void {
    if (link.up) {
      this.problems.delete(end);
      this.logger.log(end === 'NATS' ? 'Connected to NATS; the bucket is ready' : 'Watching the files');
    } else {
      const problem = reasonOf(link.error);
      this.problems.set(end, problem);
      this.logger.warn(problem);
    }
  }
}

/** Without the sentence that the library adds for services: a loader has no applied value that stays in force. */
export function reasonOf(error: HotConfigError): string {
  return error instanceof HotConfigUnavailableError ? error.reason : error.message;
}
