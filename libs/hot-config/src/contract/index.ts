export * from './change.js';
export * from './definition.js';
export * from './document.js';
export * from './errors.js';
export * from './snapshot.js';
export * from './source.js';
export * from './status.js';
