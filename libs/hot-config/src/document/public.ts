// For tools that read documents as the services do; the rest of this folder is for the library.
export { type Decoded, decodeDocument, type DecodeOptions } from './decode.js';
export { digestOf } from './digest.js';
export { isDocumentKey, keyOfFileName } from './document-key.js';
export { formatIssues, issuesOnOneLine } from './issue-format.js';
export type { Variables } from './variables.js';
