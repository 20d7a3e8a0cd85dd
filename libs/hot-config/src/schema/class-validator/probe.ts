import type { Class, ClassTransformer } from './peers.js';

/** How class-transformer makes the value of a property from what a document gives for it. */
export interface Making {
  /** `@Exclude`, or the groups of `@Expose`: no document sets the property. */
  readonly isLeftOut: boolean;
  /** A `@Transform` makes the value: only its author knows what of the document is in it. */
  readonly isTransformed: boolean;
  /** Texts and numbers come out as this: `@Type(() => Number)` and the like, or a `@Transform` that does the same. */
  readonly converted: 'string' | 'number' | 'boolean' | 'date' | undefined;
  /** What a list becomes, and a mapping. */
  readonly ofList: 'list' | 'set' | undefined;
  readonly ofMapping: 'map' | 'object' | undefined;
  /** The class that `@Type` names, for the value or for the members of its collection. */
  readonly type: Class | undefined;
  /** The key that tells the class of an object. */
  readonly discriminator: string | undefined;
}

/** The options of every transformation, of documents too. */
export const OPTIONS = { enableImplicitConversion: false, exposeDefaultValues: true };

const KEY = 'nestjs-hot-config.probe';
const TEXT = 'a text';

/**
 * Finds out what the decorators of class-transformer do to a property, by giving it small documents: class-transformer shows its
 * own records to nobody. What a `@Transform` throws at such a value is ignored.
 */
export function makingOf(transformer: ClassTransformer, type: Class, name: string, key: string): Making {
  const convert = (value: unknown): Remade => remade(transformer, type, name, key, value);
  const witness = new Witness();
  const seen = convert(witness.value);
  const { discriminator } = witness;
  const member = new Witness();
  const list = convert([discriminator === undefined ? member.value : {}, {}]).value;
  const fromList = Array.isArray(list) || list instanceof Set ? [...(list as unknown[])] : undefined;
  const converted =
    conversionOf(seen.value, witness) ??
    booleanType(seen.value, convert) ??
    // What is to become a Map is itself not converted, but its members are.
    conversionOf(fromList?.[0], member);
  const mapping = convert({ [KEY]: {} }).value;
  const isPassedOn = seen.value === witness.value && convert(TEXT).value === TEXT;
  const isTransformed =
    !(isPassedOn || converted !== undefined) ||
    fromList?.length !== 2 ||
    !(converted !== undefined || isKept(transformer, mapping));
  const made = mapping instanceof Map ? (mapping.get(KEY) as unknown) : mapping;
  return {
    isLeftOut: !seen.isRead && seen.value !== THROWN,
    isTransformed: (seen.isRead || seen.value === THROWN) && isTransformed,
    converted,
    ofList: fromList && (list instanceof Set ? 'set' : 'list'),
    ofMapping: mapping instanceof Map ? 'map' : isObject(mapping) ? 'object' : undefined,
    type: classOf(made) ?? classOf(fromList?.[1]),
    discriminator,
  };
}

interface Remade {
  readonly value: unknown;
  /** Whether class-transformer has looked at the key at all. */
  readonly isRead: boolean;
}

export function remade(
  transformer: ClassTransformer,
  type: Class,
  name: string,
  key: string,
  value: unknown,
): Remade {
  let isRead = false;
  const get = (): unknown => {
    isRead = true;
    return value;
  };
  const document = Object.defineProperty({}, key, { get, enumerable: true });
  try {
    const instance = transformer.plainToInstance(type, document, OPTIONS) as Record<string, unknown>;
    return { value: instance[name], isRead };
  } catch {
    return { value: THROWN, isRead };
  }
}

/** Stands for the value of a property whose `@Transform`, or the constructor of its class, has thrown. */
const THROWN = Symbol('thrown');

/**
 * A value that class-transformer passes on untouched, as it does all functions. Code that does anything with it but convert it to
 * a text or number fails.
 */
class Witness {
  isConverted = false;
  discriminator: string | undefined;

  readonly value: unknown = new Proxy(() => undefined, {
    get: (_, name) => {
      if (name !== Symbol.toPrimitive) throw new TypeError('This value only shows what becomes of it.');
      this.isConverted = true;
      return () => 1;
    },
    // class-transformer asks so, and only so, for the key that tells the class.
    has: (_, name) => {
      this.discriminator ??= String(name);
      return false;
    },
  });
}

function conversionOf(value: unknown, { isConverted }: Witness): Making['converted'] {
  if (!isConverted) return undefined;
  if (value instanceof Date) return 'date';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : undefined;
}

/** `@Type(() => Boolean)` makes true of anything but null. */
function booleanType(value: unknown, convert: (value: unknown) => Remade): Making['converted'] {
  return value === true && convert(null).value === null && convert('').value === false
    ? 'boolean'
    : undefined;
}

/** Whether a mapping has come out with its key, or as an instance of a class that exposes no such key. */
function isKept(transformer: ClassTransformer, mapping: unknown): boolean {
  if (mapping instanceof Map) return mapping.has(KEY);
  if (!isObject(mapping)) return false;
  const type = classOf(mapping);
  return (
    Object.hasOwn(mapping, KEY) || (type !== undefined && !remade(transformer, type, KEY, KEY, {}).isRead)
  );
}

/** The name that a discriminator has for a class; undefined when it has none. */
export function subtypeNameOf(
  transformer: ClassTransformer,
  holder: Class,
  property: { readonly name: string; readonly discriminator: string },
  subtype: Class,
): unknown {
  const part = Object.create(subtype.prototype as object) as Record<string, unknown>;
  const whole = Object.create(holder.prototype as object) as Record<string, unknown>;
  whole[property.name] = part;
  try {
    // On the way back class-transformer writes the name into the part.
    transformer.instanceToPlain(whole);
  } catch {
    // It fails for a class without a name.
  }
  return part[property.discriminator];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The class of an object, unless it is plain. */
export function classOf(value: unknown): Class | undefined {
  if (!isObject(value)) return undefined;
  const { constructor } = value;
  return typeof constructor === 'function' && constructor !== Object ? (constructor as Class) : undefined;
}
