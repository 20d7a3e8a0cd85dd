import { Logger, type INestApplicationContext } from '@nestjs/common';
import { serviceLogger } from './service-logger.js';

/** Milliseconds for a clean end; who waits for us (Docker, Kubernetes, a developer) should not have to kill. */
const endWithinMs = 4_500;

/**
 * Starts an application and ends the process with it: exit code 0 after SIGTERM or SIGINT, 1 when it cannot start or not
 * end in time. A failing start prints its message, not a stack: it is written for an operator.
 */
export async function runApplication<App extends INestApplicationContext>(
  create: () => Promise<App>,
  start: (app: App) => Promise<unknown> = (app) => app.init(),
): Promise<void> {
  Logger.overrideLogger(serviceLogger);
  const logger = new Logger('Application');
  let app: App | undefined;
  let ending = false;
  const end = (signal: NodeJS.Signals): void => {
    if (ending) return;
    ending = true;
    logger.log(`${signal}: closing`);
    setTimeout(() => {
      logger.error(`Not closed after ${endWithinMs} ms; ending all the same`);
      process.exit(1);
    }, endWithinMs).unref();
    Promise.resolve(app?.close()).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error(`Closing failed: ${String(error)}`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end).on('SIGINT', end);
  try {
    app = await create();
    await start(app);
  } catch (error) {
    if (ending) return;
    logger.fatal(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
    await app?.close().catch(() => undefined);
    process.exit(1);
  }
}
