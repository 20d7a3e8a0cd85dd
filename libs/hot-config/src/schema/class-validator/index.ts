export { classDefinition } from './class-definition.js';
export { RestartRequired, Sensitive } from './marks.js';
