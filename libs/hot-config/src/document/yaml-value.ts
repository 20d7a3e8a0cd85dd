import { type Alias, isAlias, isScalar, isSeq, type ParsedNode, type Scalar, type YAMLMap } from 'yaml';
import type { PlainObject, PlainValue } from '../contract/index.js';
import type { IssueCollector } from './issue-collector.js';
import { dottedPath } from './issue-format.js';
import { MAX_DEPTH, MAX_VALUES, MAX_YAML_CHARACTERS, TOO_DEEP } from './limits.js';
import { isList, isMapping } from './plain-value.js';
import { keyProblem, numberProblem, textProblem } from './scalar-rules.js';

/** `value` is undefined while the anchored node is being built: an alias to it would be a cycle then. */
interface Anchored {
  value: PlainValue | undefined;
}

/** Syntax tree → plain value. Aliases are copied, so that the result is a tree, and every copy counts for the limits. */
export class YamlValueBuilder {
  private readonly anchors = new Map<string, Anchored>();
  private readonly path: (string | number)[] = [];
  private depth = 0;
  private values = 0;
  private characters = 0;

  constructor(private readonly issues: IssueCollector) {}

  /** A node that cannot be read becomes null, and an issue. */
  build(node: ParsedNode | null): PlainValue {
    if (node === null) return this.buildScalar(null, '', 0);
    const offset = node.range[0];
    if (isAlias(node)) return this.copyAlias(node.source, offset);
    const anchored = this.addAnchor(node.anchor);
    anchored.value = isScalar(node)
      ? this.buildScalar(node.value, node.source, offset)
      : this.buildCollection(node);
    return anchored.value;
  }

  private buildScalar(value: unknown, source: string | undefined, offset: number): PlainValue {
    this.countValue(typeof value === 'string' ? value.length : 0, offset);
    if (typeof value === 'number' || typeof value === 'string') {
      const problem = typeof value === 'number' ? numberProblem(value, source ?? '') : textProblem(value);
      if (problem) this.reject(problem, offset);
      return value;
    }
    if (value === null || typeof value === 'boolean') return value;
    this.reject('must be a string, a number, a boolean or null', offset);
    return null;
  }

  private buildCollection(node: Exclude<ParsedNode, Alias.Parsed | Scalar.Parsed>): PlainValue {
    this.depth += 1;
    this.countValue(0, node.range[0]);
    const value = isSeq(node) ? this.buildList(node.items) : this.buildMapping(node);
    this.depth -= 1;
    return value;
  }

  private buildList(items: readonly ParsedNode[]): PlainValue {
    return items.map((item, index) => this.atStep(index, () => this.build(item)));
  }

  /** A key of the mapping itself wins over a merged key, wherever the `<<` stands. Of merged keys the first wins. */
  private buildMapping(node: YAMLMap.Parsed): PlainObject {
    const members = new Map<string, PlainValue>();
    const places = new Map<string, number>();
    const merged: PlainObject[] = [];
    for (const { key, value } of node.items) {
      const offset = key.range[0];
      const name = this.buildKey(key, offset);
      this.atStep(name ?? '?', () => {
        if (name !== undefined) this.rejectDuplicate(name, places, key);
        const built = this.build(value);
        if (isMergeKey(key)) merged.push(...this.mappingsToMerge(built, offset));
        else if (name !== undefined) members.set(name, built);
      });
    }
    for (const source of merged) {
      for (const [name, value] of Object.entries(source)) if (!members.has(name)) members.set(name, value);
    }
    return Object.fromEntries(members);
  }

  private buildKey(key: ParsedNode, offset: number): string | undefined {
    if (!isScalar(key)) {
      this.reject('a key must be a string, not a mapping, a list or an alias', offset);
      return undefined;
    }
    const name = nameOf(key);
    this.addAnchor(key.anchor).value = name ?? null;
    this.countCharacters(name?.length ?? 0, offset);
    const problem = name === undefined ? 'a key that is not a string must be quoted' : keyProblem(name);
    if (problem) this.reject(problem, offset);
    return problem ? undefined : name;
  }

  private rejectDuplicate(name: string, places: Map<string, number>, key: ParsedNode): void {
    const offset = key.range[0];
    const first = places.get(name);
    if (first === undefined) places.set(name, offset);
    else if (isMergeKey(key)) this.reject('a mapping can have one "<<"; write <<: [*a, *b]', offset);
    else this.issues.addDuplicateKey(name, first, offset, dottedPath(this.path));
  }

  private mappingsToMerge(value: PlainValue, offset: number): readonly PlainObject[] {
    const sources = isList(value) ? value : [value];
    const mappings = sources.filter(isMapping);
    if (mappings.length < sources.length)
      this.reject('only a mapping or a list of mappings can be merged', offset);
    return mappings;
  }

  private addAnchor(name: string | undefined): Anchored {
    const anchored: Anchored = { value: undefined };
    if (name !== undefined) this.anchors.set(name, anchored);
    return anchored;
  }

  private copyAlias(name: string, offset: number): PlainValue {
    const anchored = this.anchors.get(name);
    if (anchored?.value !== undefined) return this.copy(anchored.value, offset);
    this.reject(
      anchored ? 'this alias is inside the value that it repeats' : 'this alias has no anchor before it',
      offset,
    );
    return null;
  }

  private copy(value: PlainValue, offset: number): PlainValue {
    if (!isList(value) && !isMapping(value)) return this.buildScalar(value, undefined, offset);
    this.depth += 1;
    this.countValue(0, offset);
    const copied = isList(value)
      ? value.map((item) => this.copy(item, offset))
      : Object.fromEntries(Object.entries(value).map((member) => this.copyMember(member, offset)));
    this.depth -= 1;
    return copied;
  }

  private copyMember([name, value]: [string, PlainValue], offset: number): [string, PlainValue] {
    this.countCharacters(name.length, offset);
    return [name, this.copy(value, offset)];
  }

  private atStep<T>(step: string | number, visit: () => T): T {
    this.path.push(step);
    const result = visit();
    this.path.pop();
    return result;
  }

  private countValue(characters: number, offset: number): void {
    this.values += 1;
    if (this.depth > MAX_DEPTH) this.abort(TOO_DEEP, offset);
    if (this.values > MAX_VALUES.yaml) {
      const most = MAX_VALUES.yaml.toLocaleString('en');
      this.abort(`more than ${most} values, counting what aliases repeat`, offset);
    }
    this.countCharacters(characters, offset);
  }

  private countCharacters(characters: number, offset: number): void {
    this.characters += characters;
    if (this.characters > MAX_YAML_CHARACTERS)
      this.abort('aliases repeat more text than a document may contain', offset);
  }

  private reject(message: string, offset: number): void {
    this.issues.add(message, offset, dottedPath(this.path));
  }

  private abort(message: string, offset: number): never {
    return this.issues.abort(message, offset, dottedPath(this.path));
  }
}

/** A key that reads as a number or a boolean is named by its text only when there is no other way to write that value. */
function nameOf({ value, source }: Scalar): string | undefined {
  if (typeof value === 'string') return value;
  const canonical =
    typeof value === 'number' || typeof value === 'boolean' || value === null ? String(value) : undefined;
  return canonical === source ? canonical : undefined;
}

/** `<<` in quotes is a key like any other. */
function isMergeKey(key: ParsedNode): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.value === '<<' && key.tag === undefined;
}
