import { type Alias, isAlias, isScalar, isSeq, type ParsedNode, type Scalar, type YAMLMap } from 'yaml';
import type { PlainObject, PlainValue } from '../contract/index.js';
import type { Findings } from './findings.js';
import { dottedPath } from './issue-format.js';
import type { Budget } from './limits.js';
import { numberProblem } from './number.js';
import { isList, isMapping } from './plain-value.js';
import { nameProblem, textProblem } from './text.js';
import { isMergeKey, nameOf } from './yaml-key.js';

/** `value` is undefined while the anchored node is being built: an alias to it would be a cycle then. */
interface Anchored {
  value: PlainValue | undefined;
}

/** Syntax tree → plain value. Aliases are copied, so that the result is a tree, and paid for from the budget. */
export class YamlValueBuilder {
  readonly #anchors = new Map<string, Anchored>();
  readonly #path: (string | number)[] = [];
  #depth = 0;

  constructor(
    private readonly findings: Findings,
    private readonly budget: Budget,
  ) {}

  /** What cannot be read becomes null and an issue. */
  build(node: ParsedNode | null): PlainValue {
    if (node === null) return this.#plainScalar(null, '', 0);
    const offset = node.range[0];
    if (isAlias(node)) return this.#repeat(node.source, offset);
    const anchored = this.#anchor(node.anchor);
    anchored.value = isScalar(node)
      ? this.#plainScalar(node.value, node.source, offset)
      : this.#collection(node);
    return anchored.value;
  }

  #plainScalar(value: unknown, source: string | undefined, offset: number): PlainValue {
    this.#spend(1, typeof value === 'string' ? value.length : 0, offset);
    if (typeof value === 'number' || typeof value === 'string') {
      const problem = typeof value === 'number' ? numberProblem(value, source ?? '') : textProblem(value);
      if (problem) this.#refuse(problem, offset);
      return value;
    }
    if (value === null || typeof value === 'boolean') return value;
    this.#refuse('must be a string, a number, a boolean or null', offset);
    return null;
  }

  #collection(node: Exclude<ParsedNode, Alias.Parsed | Scalar.Parsed>): PlainValue {
    this.#depth += 1;
    this.#spend(1, 0, node.range[0]);
    const value = isSeq(node) ? this.#list(node.items) : this.#mapping(node);
    this.#depth -= 1;
    return value;
  }

  #list(items: readonly ParsedNode[]): PlainValue {
    return items.map((item, index) => this.#at(index, () => this.build(item)));
  }

  /** A key of the mapping itself wins over a merged one, wherever the `<<` stands; of merged ones the first wins. */
  #mapping(node: YAMLMap.Parsed): PlainObject {
    const members = new Map<string, PlainValue>();
    const places = new Map<string, number>();
    const merged: PlainObject[] = [];
    for (const { key, value } of node.items) {
      const offset = key.range[0];
      const name = this.#key(key, offset);
      this.#at(name ?? '?', () => {
        if (name !== undefined) this.#refuseDuplicate(name, places, offset);
        const built = this.build(value);
        if (isMergeKey(key)) merged.push(...this.#mergeable(built, offset));
        else if (name !== undefined) members.set(name, built);
      });
    }
    for (const source of merged) {
      for (const [name, value] of Object.entries(source)) if (!members.has(name)) members.set(name, value);
    }
    return Object.fromEntries(members);
  }

  #key(key: ParsedNode, offset: number): string | undefined {
    if (!isScalar(key)) {
      this.#refuse('a key must be a string, not a mapping, a list or an alias', offset);
      return undefined;
    }
    const name = nameOf(key);
    this.#anchor(key.anchor).value = name ?? null;
    this.#spend(0, name?.length ?? 0, offset);
    const problem = name === undefined ? 'a key that is not a string must be quoted' : nameProblem(name);
    if (problem) this.#refuse(problem, offset);
    return problem ? undefined : name;
  }

  #refuseDuplicate(name: string, places: Map<string, number>, offset: number): void {
    const first = places.get(name);
    if (first === undefined) places.set(name, offset);
    else this.findings.addDuplicate(name, first, offset, dottedPath(this.#path));
  }

  #mergeable(value: PlainValue, offset: number): readonly PlainObject[] {
    const sources = isList(value) ? value : [value];
    const mappings = sources.filter(isMapping);
    if (mappings.length < sources.length)
      this.#refuse('only a mapping or a list of mappings can be merged', offset);
    return mappings;
  }

  #anchor(name: string | undefined): Anchored {
    const anchored: Anchored = { value: undefined };
    if (name !== undefined) this.#anchors.set(name, anchored);
    return anchored;
  }

  #repeat(name: string, offset: number): PlainValue {
    const anchored = this.#anchors.get(name);
    if (anchored?.value !== undefined) return this.#copy(anchored.value, offset);
    this.#refuse(
      anchored ? 'this alias is inside the value that it repeats' : 'this alias has no anchor before it',
      offset,
    );
    return null;
  }

  #copy(value: PlainValue, offset: number): PlainValue {
    if (!isList(value) && !isMapping(value)) return this.#plainScalar(value, undefined, offset);
    this.#depth += 1;
    this.#spend(1, 0, offset);
    const copied = isList(value)
      ? value.map((item) => this.#copy(item, offset))
      : Object.fromEntries(Object.entries(value).map((member) => this.#copyMember(member, offset)));
    this.#depth -= 1;
    return copied;
  }

  #copyMember([name, value]: [string, PlainValue], offset: number): [string, PlainValue] {
    this.#spend(0, name.length, offset);
    return [name, this.#copy(value, offset)];
  }

  #at<T>(step: string | number, visit: () => T): T {
    this.#path.push(step);
    const result = visit();
    this.#path.pop();
    return result;
  }

  #refuse(message: string, offset: number): void {
    this.findings.add(message, offset, dottedPath(this.#path));
  }

  #spend(nodes: number, characters: number, offset: number): void {
    const reason = this.budget.spend(nodes, characters, this.#depth);
    if (reason) this.findings.stop(reason, offset, dottedPath(this.#path));
  }
}
