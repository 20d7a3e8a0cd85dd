export { type Decoded, decodeDocument, type DecodeOptions } from './decode.js';
export { digestOf } from './digest.js';
export { documentKeyProblem, fileNamesOf, isDocumentKey, keyOfFileName } from './document-key.js';
export {
  dottedPath,
  formatIssues,
  HIDDEN_KEY,
  isName,
  issuesOnOneLine,
  nameAtStart,
  oneLine,
  quoted,
  shownKey,
} from './issue-format.js';
export { MAX_BYTES } from './limits.js';
export { memberOf, membersOf, valueAt } from './members.js';
export { nearestName } from './nearest-name.js';
export { checkOptionNames, type OptionNames } from './option-names.js';
export { formatPath, parsePath } from './path.js';
export { isList } from './plain-value.js';
export { type Substituted, substituteVariables, type Variables } from './variables.js';
