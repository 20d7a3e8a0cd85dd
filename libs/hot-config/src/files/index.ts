export { fileSource, type FileSource } from './file-source.js';
export { type FileSourceOptions } from './options.js';
export { type FileSourceProblem } from './directory-scanner.js';
