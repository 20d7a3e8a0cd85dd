let onSignal = (_signal: NodeJS.Signals): void => process.exit(0);

process.on('SIGTERM', (signal) => onSignal(signal)).on('SIGINT', (signal) => onSignal(signal));

// Whoever reads the log may go away (EPIPE), and come back or not: without a listener the next line would end the process.
for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);

/** What SIGTERM and SIGINT lead to from now on. Before that nothing runs that would have to end, and the process exits with 0. */
export function endWith(end: (signal: NodeJS.Signals) => void): void {
  onSignal = end;
}
