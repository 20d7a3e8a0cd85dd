import 'service-kit/signals';

// Loaded afterwards, because loading takes a moment: a signal during that time ends the process cleanly too.
await import('./run.js');
