import { memberOf } from '../document/index.js';
import { loadedTransformList, type Constructor, type Discriminator, type TransformList } from './peers.js';
import { PerKey } from './per-key.js';

/** class-transformer's number for the way from a document to instances. */
const TO_CLASS = 0;

/** Reads what class-transformer's decorators say about the properties of a class; nothing without its list. */
export class TransformRules {
  /** By class and key: class-transformer looks each up anew, and a document may have thousands of instances. */
  private readonly leftOut = new PerKey<boolean>();
  private readonly properties = new PerKey<string>();

  constructor(private readonly list: TransformList | undefined) {}

  /** Whether what is not known here does not exist. */
  get isComplete(): boolean {
    return this.list !== undefined;
  }

  /** The class that `@Type` names for a property, or for the members of its collection. */
  typeOf(holder: object, property: string): unknown {
    try {
      const help = { newObject: holder, object: holder, property };
      return this.typeDecorator(holder, property)?.typeFunction?.(help);
    } catch {
      return undefined;
    }
  }

  discriminator(holder: object, property: string): Discriminator | undefined {
    return this.typeDecorator(holder, property)?.options?.discriminator;
  }

  isTransformed(holder: object, property: string): boolean {
    const type = classOf(holder);
    return !!type && !!this.list && this.list.findTransformMetadatas(type, property, TO_CLASS).length > 0;
  }

  /** The property that a key of the document is for: `@Expose({ name })` gives it another name there. */
  propertyOf(type: unknown, key: string): string {
    const { list } = this;
    if (!list || !isClass(type)) return key;
    return this.properties.of(
      type,
      key,
      () => list.findExposeMetadataByCustomName(type, key)?.propertyName ?? key,
    );
  }

  /** What a property is called in the document: `source`, or any. */
  nameOf(holder: object, property: string, source?: unknown): string {
    const type = classOf(holder);
    const { name, toPlainOnly } = (type && this.list?.findExposeMetadata(type, property)?.options) ?? {};
    if (name === undefined) return property;
    // class-transformer takes either name from a document, also the one that is meant for the way back only.
    const [usual, other] = toPlainOnly ? [property, name] : [name, property];
    return memberOf(source, usual) === undefined && memberOf(source, other) !== undefined ? other : usual;
  }

  /** What the document says of a property, under whatever name. */
  sourceOf(holder: object, property: string, source: unknown): unknown {
    return memberOf(source, this.nameOf(holder, property, source));
  }

  /** Whether a key of the document comes to nothing: by `@Exclude`, or by the groups of an `@Expose`. */
  isLeftOut(holder: object, key: string): boolean {
    const [type, list] = [classOf(holder), this.list];
    if (!type || !list) return false;
    return this.leftOut.of(
      type,
      key,
      () =>
        list.getExcludedProperties(type, TO_CLASS).includes(key) ||
        (list.findExposeMetadata(type, key)?.options?.groups?.length ?? 0) > 0 ||
        (list.getStrategy(type) === 'excludeAll' &&
          !list.getExposedProperties(type, TO_CLASS).includes(this.propertyOf(type, key))),
    );
  }

  private typeDecorator(holder: object, property: string): ReturnType<TransformList['findTypeMetadata']> {
    const type = classOf(holder);
    return type && this.list?.findTypeMetadata(type, property);
  }
}

let current: { readonly list: TransformList | undefined; readonly rules: TransformRules } | undefined;

/** The same as long as the list is: a document may have thousands of values. */
export function transformRules(): TransformRules {
  const list = loadedTransformList();
  if (current?.list !== list || !current) current = { list, rules: new TransformRules(list) };
  return current.rules;
}

function classOf(holder: object): Constructor | undefined {
  return isClass(holder.constructor) ? holder.constructor : undefined;
}

/** Not any function: class-transformer looks for the bases of whatever it is asked about. */
function isClass(type: unknown): type is Constructor {
  return typeof type === 'function' && typeof type.prototype === 'object' && type.prototype !== null;
}
