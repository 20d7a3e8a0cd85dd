import type { Class, ClassTransformer } from './peers.js';
import { OPTIONS } from './probe.js';

/** How class-transformer reads a property from a document. */
export interface Access {
  /** What the property is called in a document. */
  readonly key: string;
  /** The function of its `@Type` looks at other keys of the document. */
  readonly hasVaryingType: boolean;
}

/**
 * Records which keys of a document class-transformer reads before it writes a property. The document has no values: for them no
 * `@Transform` is called, so none can fail or hide its property.
 */
export class AccessRecorder {
  private accesses = new Map<string, Access>();
  private keys: readonly string[] = [];
  private read: string[] = [];
  private readonly document = this.emptyDocument();
  private readonly recordingType: Class;

  constructor(
    private readonly transformer: ClassTransformer,
    type: Class,
  ) {
    const set = (_: object, name: string | symbol): boolean => this.record(String(name));
    // One for each class: class-transformer never forgets a class that it has met.
    this.recordingType = class extends type {
      constructor() {
        super();
        return new Proxy(this, { set });
      }
    };
  }

  /** By the names of properties, for a document with these keys. What is read before something throws is there. */
  of(keys: readonly string[]): ReadonlyMap<string, Access> {
    this.accesses = new Map();
    this.keys = keys;
    try {
      this.transformer.plainToInstance(this.recordingType, this.document, OPTIONS);
    } catch {
      // A constructor or the function of a @Type. Properties without a record keep their own names.
    }
    return this.accesses;
  }

  private record(name: string): true {
    const [key = name, ...others] = new Set(this.read);
    this.accesses.set(name, { key, hasVaryingType: others.length > 0 });
    this.read = [];
    return true;
  }

  private emptyDocument(): object {
    return new Proxy(
      {},
      {
        ownKeys: () => {
          this.read = [];
          return [...this.keys];
        },
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
        get: (_, key) => void this.read.push(String(key)),
      },
    );
  }
}
