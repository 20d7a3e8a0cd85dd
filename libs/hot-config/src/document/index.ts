export { type DecodeOptions, type Decoded, decodeDocument } from './decode.js';
export { digestOf } from './digest.js';
export { documentKeyProblem, isDocumentKey, keyOfFileName } from './document-key.js';
export { formatIssues } from './issue-format.js';
export { nearestName } from './nearest-name.js';
