export { redactIssues } from './issues.js';
export { type Mask, maskOf, maskOfSecrets } from './mask.js';
export { maskedError } from './masked-error.js';
export { redact, redactPart } from './redact.js';
