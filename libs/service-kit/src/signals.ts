let onSignal = (_signal: NodeJS.Signals): void => process.exit(0);

process.on('SIGTERM', (signal) => onSignal(signal)).on('SIGINT', (signal) => onSignal(signal));

/** What SIGTERM and SIGINT lead to from now on. Before that nothing runs that would have to end, and the process exits with 0. */
export function endWith(end: (signal: NodeJS.Signals) => void): void {
  onSignal = end;
}
