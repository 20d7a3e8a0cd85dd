export { type FileSourceProblem } from './directory-scanner.js';
export { type FileSource, fileSource } from './file-source.js';
export { type FileSourceOptions } from './options.js';
