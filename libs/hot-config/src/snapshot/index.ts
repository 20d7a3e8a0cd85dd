export { snapshotDirectory } from './snapshot-directory.js';
