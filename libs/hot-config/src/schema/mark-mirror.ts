import type { PropertyRule } from './peers.js';

/** As much as is used here of the list that class-validator keeps of all rules. */
interface RuleList {
  addValidationMetadata(rule: MirroredMark): void;
  getTargetValidationMetadatas(
    type: object,
    schema: string,
    always: boolean,
    strictGroups: boolean,
  ): PropertyRule[];
}

interface MirroredMark extends PropertyRule {
  readonly target: object;
  readonly groups: readonly string[];
}

/** Where class-validator keeps its list, once the first of its decorators is put: a global variable. */
const LIST = 'classValidatorMetadataStorage';
const PREFIX = 'nestjs-hot-config.';
const known = new WeakMap<object, readonly PropertyRule[]>();

/**
 * `PickType` and the like make a class that has nothing in common with the one it is made of: they copy the rules of
 * class-validator, and nothing else. So a mark is put among the rules too, as one of a kind that class-validator ignores.
 */
export function mirrorMark(mark: string, target: object, propertyName: string): void {
  const rule = { type: PREFIX + mark, target, propertyName, groups: [], each: false };
  whenListed((list) => list.addValidationMetadata(rule));
}

/** Whether a class has a mark on a property, also one that was copied from another class. */
export function hasMirroredMark(mark: string, type: object, name: string): boolean {
  return marksOf(type).some((rule) => rule.type === PREFIX + mark && rule.propertyName === name);
}

export function isMirroredMark({ type }: PropertyRule): boolean {
  return type.startsWith(PREFIX);
}

/** Of every property of every value somebody asks; and a class that is in use gets no more decorators. */
function marksOf(type: object): readonly PropertyRule[] {
  const marks =
    known.get(type) ??
    currentList()?.getTargetValidationMetadatas(type, '', false, false).filter(isMirroredMark);
  if (marks) known.set(type, marks);
  return marks ?? [];
}

function currentList(): RuleList | undefined {
  return (globalThis as { [LIST]?: RuleList })[LIST];
}

/**
 * Of one property the lowest decorator is put first: the first mark of a process may be there before class-validator's list
 * is, and before the peer can be known to be installed. Then it waits for the assignment of that variable.
 */
function whenListed(put: (list: RuleList) => void): void {
  const list = currentList();
  if (list) return put(list);
  const before = Object.getOwnPropertyDescriptor(globalThis, LIST);
  Object.defineProperty(globalThis, LIST, {
    configurable: true,
    get: () => undefined,
    set: (made: RuleList) => {
      if (before?.set) before.set(made);
      else Object.defineProperty(globalThis, LIST, { value: made, writable: true, configurable: true });
      put(made);
    },
  });
}
