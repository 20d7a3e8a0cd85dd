export { redactIssues, redactUndecoded } from './issues.js';
export { type Mask, maskOf } from './mask.js';
export { maskedError } from './masked-error.js';
export { redact, redactPart } from './redact.js';
