/**
 * One word for one thing: names that this project has given up, and the word to use. Each is tried on identifiers, on file names
 * (`foreign-changes.ts` as `ForeignChanges`) and on whole strings such as the name of a state.
 *
 * @type {readonly (readonly [RegExp, string])[]}
 */
const WORDS = [
  [/(?<!CONN|connection[- ])refus/i, 'reject, rejected, rejection'],
  [/^Verdict$/, 'validation, rejection'],
  [/snapshot(Store|Directory|Fail|Error|File)/i, 'lastKnownGood; a snapshot is a value with its revision'],
  [/^Candidates?$/, 'DocumentFiles, DocumentEvaluation'],
  [/^generations?$/i, 'ResourceInstance, instance'],
  [/resourceCell/i, 'ResourceSlot, slot'],
  [/^(Turn|wholeTurn|takeTurn)$/, 'ChangeLock, drainEventLoop, the verb of what is done'],
  [/^(jury|agreed|catchUps?|unconcerned)$/i, 'hooksAtSwap, accepted, lateNotifiers, NOT_APPLICABLE'],
  [/^(carryOut|holdBack|isOver)$/, 'commit, deferRestartOnly, isDisposed'],
  [/^(last)?troubles?(Of)?$/i, 'problem, lastError, reason'],
  [
    /[Pp]atrol|[Ii]ntake|^(Passes|Arrivals?|Holdings?|Held|Placed|Quiet)$/,
    'DirectoryScanner, ScanLoop, StabilityTracker, EventHistory, ScanState, KnownFile, write-finish',
  ],
  [/^(Pivots?|doubts?)$/i, 'linkStep, suspectedPartial'],
  [/suspicion|patience|^(Copies|silence)$/i, 'RestoreDetector, UnresponsiveTimer, ReplicaState, leaderError'],
  [/^ForeignChanges?$|^(ours|underWay|foreign)$|^remake/i, 'ExternalChanges, ownPut, inFlight, recreate'],
  [/SchemaJudge|^(Readings?|Meanings?)$/, 'Validator, or the name of the thing itself'],
  [/bearable|MarkMirror|^strays?([A-Z]|$)/i, 'the name of the thing itself'],
  [/^news$|^told|Told$/i, 'update; logged, notified'],
  [/^(On|Before)ConfigChange/, 'OnHotConfigChange, BeforeHotConfigChange'],
  [/^HotConfigTestController$/, 'HotConfigTestStore'],
];
/** Names of functions and methods that can mean anything. */
const VAGUE = /^(take|tell|say|condition)$/;

/** @param {string} path */
function nameOfFile(path) {
  const stem = path.replace(/^.*[\\/]/, '').replace(/(\.(spec|fixture|d))?\.\w+$/, '');
  return stem.replace(/(^|[-.])(\w)/g, (_match, _dash, letter) => letter.toUpperCase());
}

/** @type {import('eslint').Rule.RuleModule} */
const fieldWords = {
  meta: { type: 'suggestion', schema: [] },
  create(context) {
    /** @type {Set<string>} */
    const seen = new Set();
    /**
     * @param {import('estree').Node} node
     * @param {string} name
     */
    const check = (node, name) => {
      if (seen.has(name)) return;
      seen.add(name);
      const [, instead] = WORDS.find(([pattern]) => pattern.test(name)) ?? [];
      if (instead === undefined) return;
      context.report({
        node,
        message: `"${name}" is a word that this project has given up. Use: ${instead}.`,
      });
    };
    /** @param {import('estree').Identifier} node */
    const checkFunction = (node) => {
      if (!VAGUE.test(node.name)) return;
      const message = `"${node.name}" can mean anything. Use a concrete name: receive, emit, record, log, lease, status.`;
      context.report({ node, message });
    };
    return {
      Program: (node) => check(node, nameOfFile(context.filename)),
      Identifier: (node) => check(node, node.name),
      Literal(node) {
        if (typeof node.value === 'string' && /^[\w-]+$/.test(node.value)) check(node, node.value);
      },
      'FunctionDeclaration > Identifier.id': checkFunction,
      'MethodDefinition > Identifier.key': checkFunction,
      'TSMethodSignature > Identifier.key': checkFunction,
      'VariableDeclarator[init.type="ArrowFunctionExpression"] > Identifier.id': checkFunction,
    };
  },
};

export default { rules: { 'field-words': fieldWords } };
