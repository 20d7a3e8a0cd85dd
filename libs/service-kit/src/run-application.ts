import type { Server } from 'node:http';
import { Logger, type INestApplication, type INestApplicationContext } from '@nestjs/common';
import { portFrom } from './environment.js';
import { serviceLogger } from './service-logger.js';
import { endWith } from './signals.js';

/** Milliseconds for a clean end; who waits for us (Docker, Kubernetes, a developer) should not have to kill. */
const endWithinMs = 4_500;
/** Milliseconds that requests get to end. A client that says nothing, or only half of its request, would keep the server open. */
const requestsEndWithinMs = 3_000;

/**
 * Runs an application until SIGTERM or SIGINT: exit code 0 then, 1 when it cannot start or end in good order; killed when it
 * does not end in time. A failing start prints its message, not a stack: it is written for an operator.
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
      logger.error(`Not closed after ${endWithinMs} ms; exiting anyway`);
      // An exit waits for Node's threads, and what hangs may be one of them, in a call to a file system that does not answer.
      process.kill(process.pid, 'SIGKILL');
    }, endWithinMs).unref();
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
    await app?.close().catch(() => undefined);
    process.exit(1);
  }
}

function closeConnections(app: INestApplicationContext | undefined): void {
  const { getHttpServer } = (app ?? {}) as Partial<INestApplication>;
  (getHttpServer?.call(app) as Partial<Server> | undefined)?.closeAllConnections?.();
}

export interface HttpOptions<App> {
  /** Listened on when PORT is not set. */
  readonly defaultPort: number;
  readonly beforeListen?: (app: App) => void;
}

/** `runApplication` for one that serves HTTP on PORT. */
export function runHttpApplication<App extends INestApplication>(
  create: () => Promise<App>,
  { defaultPort, beforeListen }: HttpOptions<App>,
): Promise<void> {
  let port: number;
  return runApplication(
    () => {
      // Checked first: a mistyped port should not cost the wait for a first value.
      port = portFrom('PORT', defaultPort);
      return create();
    },
    async (app) => {
      beforeListen?.(app);
      await app.listen(port, '0.0.0.0');
      new Logger('Application').log(`Listening on http://localhost:${new URL(await app.getUrl()).port}`);
    },
  );
}
