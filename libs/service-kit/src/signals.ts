let onSignal = (_signal: NodeJS.Signals): void => process.exit(0);

process.on('SIGTERM', (signal) => onSignal(signal)).on('SIGINT', (signal) => onSignal(signal));

// The reader of the log may go away (EPIPE): without a listener the next line would end the process.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

/** Calls `end` on SIGTERM and SIGINT from now on. Before that nothing runs that would have to end, so the process exits with 0. */
export function endWith(end: (signal: NodeJS.Signals) => void): void {
  onSignal = end;
}
