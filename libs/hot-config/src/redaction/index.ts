export { redactIssues } from './issues.js';
export { maskedError, maskOf, type Mask } from './masked-error.js';
export { redact, redactPart } from './redact.js';
