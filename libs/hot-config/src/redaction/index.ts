export { redactIssues } from './issues.js';
export { maskOf, maskOfSecrets, type Mask } from './mask.js';
export { maskedError } from './masked-error.js';
export { redact, redactPart } from './redact.js';
