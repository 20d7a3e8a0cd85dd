import 'service-kit/signals';

// Loaded afterwards: that takes a moment, in which a signal ends the process as cleanly as later.
await import('./run.js');
