import { Logger } from '@nestjs/common';
import type { FileSource } from 'nestjs-hot-config/file';

/** Logs why files are not read, each cause once until it is gone; at debug level, once, which files are ignored. */
export class FileProblems {
  private readonly logger = new Logger('ConfigLoader');
  private logged: ReadonlySet<string> = new Set();
  private ignored: ReadonlySet<string> = new Set();

  constructor(private readonly files: FileSource) {}

  log(): void {
    const delay = this.files.delay();
    const problems = this.files.problems().map(({ message }) => message);
    const current = new Set(delay === undefined ? problems : [delay, ...problems]);
    for (const message of current) if (!this.logged.has(message)) this.logger.warn(message);
    this.logged = current;
    const ignored = new Set(this.files.ignored());
    for (const path of ignored)
      if (!this.ignored.has(path))
        this.logger.debug(`${path} is ignored: its name says that it is no document`);
    this.ignored = ignored;
  }

  /** Whether the cause of a problem of a key is in the log already. */
  hasLogged(cause: string): boolean {
    return [...this.logged].some((message) => cause.includes(message));
  }
}
