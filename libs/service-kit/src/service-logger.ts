import { ConsoleLogger, type LoggerService, type LogLevel } from '@nestjs/common';

export interface LoggingSettings {
  readonly level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  readonly format: 'text' | 'json';
}

const levels: Record<LoggingSettings['level'], LogLevel[]> = {
  DEBUG: ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'],
  INFO: ['fatal', 'error', 'warn', 'log'],
  WARN: ['fatal', 'error', 'warn'],
  ERROR: ['fatal', 'error'],
};

/** Lines about the config, the database and the process are always logged: after the level is lowered to ERROR, an operator wants to read that the change was applied. */
const alwaysLogged: readonly unknown[] = ['HotConfig', 'Database', 'Application'];

/** Nest's own logger, with a level and a format that can change while the process runs. */
export class ServiceLogger implements LoggerService {
  private filtered: LoggerService = new ConsoleLogger();
  private unfiltered: LoggerService = this.filtered;

  constructor() {
    this.follow({ level: 'INFO', format: 'text' });
  }

  follow({ level, format }: LoggingSettings): void {
    const json = format === 'json';
    const colors = !json && wantsColors();
    this.filtered = new ConsoleLogger({ json, colors, logLevels: levels[level] });
    this.unfiltered = new ConsoleLogger({ json, colors, logLevels: levels.DEBUG });
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.chosen(rest).log(message, ...rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    // Nest prints the stack of a start that failed; `runApplication` prints its message.
    if (rest.at(-1) === 'ExceptionHandler') return;
    this.filtered.error(message, ...rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.chosen(rest).warn(message, ...rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.filtered.debug?.(message, ...rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.filtered.verbose?.(message, ...rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.filtered.fatal?.(message, ...rest);
  }

  private chosen(rest: readonly unknown[]): LoggerService {
    return alwaysLogged.includes(rest.at(-1)) ? this.unfiltered : this.filtered;
  }
}

/** The usual rules: NO_COLOR wins, FORCE_COLOR overrides the terminal, `FORCE_COLOR=0` is off. */
function wantsColors(): boolean {
  const { NO_COLOR: no, FORCE_COLOR: force } = process.env;
  if (no) return false;
  // Undefined for a pipe or a file, which Nest's logger would take for yes.
  return force ? force !== '0' : Boolean(process.stdout.isTTY);
}

/** A process has one standard output, so it has one logger. */
export const serviceLogger = new ServiceLogger();
