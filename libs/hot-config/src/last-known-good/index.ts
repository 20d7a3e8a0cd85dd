export { lastKnownGoodDirectory } from './directory.js';
