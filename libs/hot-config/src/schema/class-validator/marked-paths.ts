import { memberOf } from '../../document/index.js';
import { type ClassModels, declaredType, type Property } from './class-model.js';
import { isClass, type PropertyMark, sensitive } from './marks.js';
import { classOf } from './probe.js';

/** What the declared types say about a place: its class, or that of the members of a collection. */
interface Place {
  readonly type: unknown;
  readonly isCollection: boolean;
}

/** Answers for paths of a value, or of its document, whether they cross a marked property. */
export class MarkedPaths {
  constructor(
    private readonly root: object,
    /** Undefined before the first class is checked: then properties are known by their own names only. */
    private readonly models: () => ClassModels | undefined,
  ) {}

  /** Each holder is asked for its class; where the value ends before the path does, the declared types go on. */
  isCrossed(mark: PropertyMark, value: unknown, path: readonly string[]): boolean {
    let holder = value;
    let place: Place = { type: this.root, isCollection: false };
    for (const step of path) {
      const held = classOf(holder);
      const declared = place.isCollection ? undefined : place.type;
      const name = (this.property(held, step) ?? this.property(declared, step))?.name ?? step;
      if (isOn(mark, held, step, name) || isOn(mark, declared, step, name)) return true;
      holder = memberOf(holder, name) ?? memberOf(holder, step);
      place = this.next(place, step);
    }
    return false;
  }

  /** Whether anything at or below a path may be sensitive, as far as the declared types tell. */
  holdsSensitive(path: readonly string[]): boolean {
    if (this.isCrossed(sensitive, undefined, path)) return true;
    let place: Place = { type: this.root, isCollection: false };
    for (const step of path) place = this.next(place, step);
    return this.mayHold(place.type, new Set());
  }

  private mayHold(type: unknown, met: Set<unknown>): boolean {
    const model = this.models()?.of(type);
    if (!model || met.has(type)) return false;
    met.add(type);
    return [...model.properties.values()].some(
      (property) =>
        sensitive.isOn(model.type, property.name) ||
        // Which classes these are is not known before documents come.
        property.discriminator !== undefined ||
        property.hasVaryingType ||
        this.mayHold(typeOf(property), met),
    );
  }

  private next({ type, isCollection }: Place, step: string): Place {
    if (!isClass(type)) return { type: undefined, isCollection: false };
    const property = isCollection ? undefined : this.property(type, step);
    if (property)
      return { type: typeOf(property), isCollection: ['list', 'set', 'map'].includes(property.kind ?? '') };
    // A list may hold lists.
    const isIndex = isCollection || /^\d+$/.test(step);
    return { type: isIndex ? type : declaredType(type, step), isCollection: false };
  }

  private property(type: unknown, step: string): Property | undefined {
    return this.models()?.of(type)?.propertyAt(step);
  }
}

function isOn(mark: PropertyMark, type: unknown, key: string, name: string): boolean {
  return isClass(type) && (mark.isOn(type, name) || mark.isOn(type, key));
}

function typeOf({ type, declared }: Property): unknown {
  return type ?? declared;
}
