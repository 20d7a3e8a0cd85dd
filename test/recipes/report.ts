import { Injectable } from '@nestjs/common';

/** What the cron recipe runs. */
@Injectable()
export class Report {
  readonly sentAt: Date[] = [];

  send(): Promise<void> {
    this.sentAt.push(new Date());
    return Promise.resolve();
  }
}
