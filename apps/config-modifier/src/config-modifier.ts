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
import { parseDocument } from 'yaml';

export const MODIFIER_OPTIONS = Symbol('config-modifier.options');

export interface ModifierOptions {
  readonly directory: string;
  readonly intervalMs: number;
  /** PostgreSQL URLs to switch among. */
  readonly databases: readonly string[];
}

const levels = ['DEBUG', 'INFO', 'WARN', 'ERROR'];

/** Plays an operator who never rests: each interval one random document gets another database, log level and features. */
@Injectable()
export class ConfigModifier implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('ConfigModifier');
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> = Promise.resolve();

  constructor(@Inject(MODIFIER_OPTIONS) private readonly options: ModifierOptions) {}

  onApplicationBootstrap(): void {
    const { directory, intervalMs } = this.options;
    this.logger.log(`Changes a random document of ${directory} every ${intervalMs} ms`);
    this.timer = setInterval(() => {
      // One turn after the other: a slow disk must not let two of them write at once.
      this.turn = this.turn
        .then(() => this.modify())
        .catch((error: unknown) => this.logger.error(String(error)));
    }, intervalMs);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.turn;
  }

  /** Comments and layout survive: what an operator wrote beside the values is not the modifier's to lose. */
  private async modify(): Promise<void> {
    const { directory, databases } = this.options;
    const files = (await readdir(directory)).filter((file) => /^[A-Za-z0-9][\w.-]*\.ya?ml$/.test(file));
    const file = pick(files);
    if (file === undefined) {
      this.logger.warn(`There is no YAML document in ${directory}`);
      return;
    }
    const document = parseDocument(await readFile(join(directory, file), 'utf8'));
    if (document.errors.length > 0) {
      this.logger.warn(`${file} is not valid YAML; it is left as it is`);
      return;
    }
    const database = randomInt(databases.length);
    const level = pick(levels);
    const [x, y] = [randomInt(2) === 1, randomInt(2) === 1];
    document.setIn(['database', 'host'], databases[database]);
    document.setIn(['logging', 'level'], level);
    document.setIn(['features', 'enable_feature_x'], x);
    document.setIn(['features', 'enable_feature_y'], y);
    await replaceFile(join(directory, file), document.toString());
    this.logger.log(
      `${file}: database ${database + 1}, level ${level}, feature x ${onOff(x)}, feature y ${onOff(y)}`,
    );
  }
}

/** Written beside and renamed over: nobody ever reads half a document. */
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

function onOff(on: boolean): string {
  return on ? 'on' : 'off';
}
