import type { Server } from 'node:http';
import { type INestApplication, type INestApplicationContext, Logger } from '@nestjs/common';
import { env, portFrom } from './environment.js';
import { serviceLogger } from './service-logger.js';
import { endWith } from './signals.js';

/** Milliseconds for a clean end, so that Docker, Kubernetes or a developer does not have to kill the process. */
const endWithinMs = 4_500;
/** Milliseconds for requests to end. A client that sends nothing, or half of a request, would keep the server open. */
const requestsEndWithinMs = 3_000;

/**
 * Runs an application until SIGTERM or SIGINT. The exit code is 0 then, and 1 when the start or the end fails; the process is killed
 * when it does not end in time. A start that fails prints its message without a stack: the message is written for an operator.
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
    killLater(logger);
    setTimeout(() => closeConnections(app), requestsEndWithinMs).unref();
    Promise.resolve(app?.close()).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error(`Closing failed: ${String(error)}`);
        process.exit(1);
      },
    );
  };
  endWith(end);
  try {
    app = await create();
    await start(app);
  } catch (error) {
    if (ending) return;
    logger.fatal(error instanceof Error ? error.message : String(error));
    killLater(logger);
    await app?.close().catch(() => undefined);
    process.exit(1);
  }
}

function killLater(logger: Logger): void {
  setTimeout(() => {
    logger.error(`Not closed after ${endWithinMs} ms; exiting anyway`);
    // `process.exit` waits for Node's threads, and one of them may hang in a call to a file system that does not answer.
    process.kill(process.pid, 'SIGKILL');
  }, endWithinMs).unref();
}

function closeConnections(app: INestApplicationContext | undefined): void {
  const { getHttpServer } = (app ?? {}) as Partial<INestApplication>;
  (getHttpServer?.call(app) as Partial<Server> | undefined)?.closeAllConnections?.();
}

export interface HttpOptions<App> {
  /** The port when PORT is not set. */
  readonly defaultPort: number;
  readonly beforeListen?: (app: App) => void;
}

/**
 * `runApplication` for an application that serves HTTP on PORT, for this machine only unless HOST names another address: what it
 * shows is not meant for everybody.
 */
export function runHttpApplication<App extends INestApplication>(
  create: () => Promise<App>,
  { defaultPort, beforeListen }: HttpOptions<App>,
): Promise<void> {
  let port: number;
  return runApplication(
    () => {
      // Checked first, so that a mistyped port fails before the wait for a first value.
      port = portFrom('PORT', defaultPort);
      return create();
    },
    async (app) => {
      beforeListen?.(app);
      const host = env('HOST') ?? '127.0.0.1';
      await app.listen(port, host);
      // Not app.getUrl(), which says 127.0.0.1 for 0.0.0.0. The port may be 0, for any.
      new Logger('Application').log(`Listening on http://${host}:${new URL(await app.getUrl()).port}`);
    },
  );
}
