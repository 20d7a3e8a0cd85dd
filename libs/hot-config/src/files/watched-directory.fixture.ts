import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type LinkState } from '../contract/index.js';
import { type FileSource, fileSource, type FileSourceOptions } from './index.js';

export interface Report {
  readonly key: string;
  readonly revision: number;
  readonly text: string;
}

/** How many folders and files the kernel watches for this process. Linux only. */
export function inotifyWatches(): number {
  const descriptors = readdirSync('/proc/self/fdinfo').flatMap((fd) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').split('\n');
    } catch {
      return [];
    }
  });
  return descriptors.filter((line) => line.startsWith('inotify wd:')).length;
}

/** A file source on a real directory, and all its reports. Each hint leads to a read at once. */
export class WatchedDirectory {
  readonly reports: Report[] = [];
  /** Keys of hints whose read found nothing, with the reason. */
  readonly missing: { readonly key: string; readonly reason: string }[] = [];
  readonly links: LinkState[] = [];
  /** How often the observer was called because the problems or ignored files changed. */
  noted = 0;
  readonly source: FileSource;
  private readonly checks = new Set<() => void>();

  private constructor(
    private readonly parent: string,
    readonly path: string,
    options: Partial<FileSourceOptions>,
  ) {
    this.source = fileSource({ directory: path, ...options });
  }

  /** Creates the directory in a temporary directory, so that a test can replace it. The source is not started yet. */
  static async make(options: Partial<FileSourceOptions> = {}): Promise<WatchedDirectory> {
    const parent = await mkdtemp(join(tmpdir(), 'file-source-'));
    return new WatchedDirectory(parent, join(parent, 'configs'), options);
  }

  file(name: string): string {
    return join(this.path, name);
  }

  beside(name: string): string {
    return join(this.parent, name);
  }

  async start(): Promise<void> {
    await this.source.start({
      hint: (key) => void (key !== undefined && this.read(key)),
      link: (state) => {
        this.links.push(state);
        this.check();
      },
      noted: () => void (this.noted += 1),
    });
  }

  texts(key: string): string[] {
    return this.reports.filter((report) => report.key === key).map((report) => report.text);
  }

  /** Resolves when the condition holds. It is checked every 10 ms, because no event announces problems and pending files. */
  async until(holds: () => boolean, what: string): Promise<void> {
    let timers: NodeJS.Timeout[] = [];
    let check = (): void => undefined;
    await new Promise<void>((resolve, reject) => {
      check = () => void (holds() && resolve());
      const giveUp = (): void => reject(new Error(`never came to pass: ${what}; ${this.describe()}`));
      timers = [setInterval(check, 10), setTimeout(giveUp, 15_000)];
      this.checks.add(check);
      check();
    }).finally(() => {
      for (const timer of timers) clearTimeout(timer);
      this.checks.delete(check);
    });
  }

  untilText(key: string, text: string): Promise<void> {
    return this.until(
      () => this.texts(key).at(-1) === text,
      `${key} is reported as ${JSON.stringify(text.slice(0, 60))}`,
    );
  }

  /** Resolves when the source has handled all earlier saves: a document that is saved now is reported. */
  async settled(save: (path: string) => void): Promise<void> {
    const count = this.texts('last').length;
    save(this.file('last.yaml'));
    await this.until(
      () => this.texts('last').length > count && this.source.pending().length === 0,
      'it settled',
    );
  }

  async remove(): Promise<void> {
    await this.source.stop();
    await rm(this.parent, { recursive: true, force: true });
  }

  private async read(key: string): Promise<void> {
    const outcome = await this.source.read(key, undefined);
    if (outcome.outcome === 'found') {
      const { bytes, revision } = outcome.document;
      this.reports.push({ key, revision, text: Buffer.from(bytes).toString() });
    } else if (outcome.outcome === 'missing') this.missing.push({ key, reason: outcome.reason });
    this.check();
  }

  private check(): void {
    for (const check of this.checks) check();
  }

  private describe(): string {
    const reports = this.reports.slice(-3).map(({ key, text }) => [key, text.length, text.slice(0, 40)]);
    return JSON.stringify({
      directory: basename(this.path),
      reports,
      pending: this.source.pending(),
      problems: this.source.problems(),
    });
  }
}
