import { randomInt } from 'node:crypto';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { isMap, parseDocument } from 'yaml';
import { codeOf } from './settings.js';

export const MODIFIER_OPTIONS = Symbol('config-modifier.options');

export interface ModifierOptions {
  readonly directory: string;
  readonly intervalMs: number;
  /** PostgreSQL URLs to switch among. */
  readonly databases: readonly string[];
  /** Every n-th change names a database that does not exist; 0 for no such change. */
  readonly mistakeEvery: number;
}

const levels = ['DEBUG', 'INFO', 'WARN', 'ERROR'];

/** Plays an operator: in each interval one random document gets another database, log level and features. */
@Injectable()
export class ConfigModifier implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('ConfigModifier');
  private timer: NodeJS.Timeout | undefined;
  private change: Promise<void> = Promise.resolve();
  private changes = 0;
  /** The problem that was logged last, so that it is logged once while it lasts. */
  private logged: string | undefined;

  constructor(@Inject(MODIFIER_OPTIONS) private readonly options: ModifierOptions) {}

  onApplicationBootstrap(): void {
    const { directory, intervalMs } = this.options;
    this.logger.log(`Changes a random document of ${directory} every ${intervalMs} ms`);
    this.timer = setInterval(() => {
      // One change after the other: on a slow disk two of them would write at once.
      this.change = this.change.then(() => this.changeOne());
    }, intervalMs);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.change;
  }

  private async changeOne(): Promise<void> {
    const { directory, intervalMs } = this.options;
    let problem: string | undefined;
    let file: string | undefined;
    try {
      file = pick(await documentsIn(directory));
      if (file === undefined) problem = `There is no YAML document in "${directory}".`;
      else await this.modify(file);
    } catch (error) {
      const what = file === undefined ? `Listing "${directory}"` : `Changing "${join(directory, file)}"`;
      problem = `${what} failed (${codeOf(error)}); nothing was changed. Put it back, or let this process read and write it.`;
    }
    if (problem !== undefined && problem !== this.logged)
      this.logger.error(`${problem} It is tried again every ${intervalMs} ms.`);
    this.logged = problem;
  }

  /** Keeps the operator's comments and layout. */
  private async modify(file: string): Promise<void> {
    const { directory, databases, mistakeEvery } = this.options;
    const document = parseDocument(await readFile(join(directory, file), 'utf8'));
    if (document.errors.length > 0 || !isMap(document.contents)) {
      this.logger.warn(`${file} is not a valid YAML mapping; left unchanged`);
      return;
    }
    const database = randomInt(databases.length);
    const mistaken = mistakeEvery > 0 && ++this.changes % mistakeEvery === 0;
    const url = databases[database] ?? '';
    const level = pick(levels);
    const [x, y] = [randomInt(2) === 1, randomInt(2) === 1];
    document.setIn(['database', 'host'], mistaken ? mistyped(url) : url);
    document.setIn(['logging', 'level'], level);
    document.setIn(['features', 'enable_feature_x'], x);
    document.setIn(['features', 'enable_feature_y'], y);
    await replaceFile(join(directory, file), document.toString());
    this.logger.log(
      `${file}: database ${database + 1}${mistaken ? ' (mistyped)' : ''}, level ${level}, feature x ${onOff(x)}, feature y ${onOff(y)}`,
    );
  }
}

/** Regular files, also through links. Reading a FIFO would wait for a writer for ever. */
async function documentsIn(directory: string): Promise<string[]> {
  const files: string[] = [];
  for (const file of await readdir(directory)) {
    if (!/^[A-Za-z0-9][\w.-]*\.ya?ml$/.test(file)) continue;
    const found = await stat(join(directory, file)).catch(() => undefined);
    if (found?.isFile() === true) files.push(file);
  }
  return files;
}

/** Writes a temporary file and renames it, so that no reader ever gets half a document. */
async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const { mode } = await stat(path);
    await writeFile(temporary, text, { mode });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function pick<T>(from: readonly T[]): T | undefined {
  return from.length > 0 ? from[randomInt(from.length)] : undefined;
}

/** The URL with the name of a database that the server does not have. */
function mistyped(url: string): string {
  const mistake = new URL(url);
  mistake.pathname += '_';
  return mistake.href;
}

function onOff(on: boolean): string {
  return on ? 'on' : 'off';
}
