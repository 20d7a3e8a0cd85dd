import { isName, membersOf, nameAtStart, valueAt } from '../document/index.js';

const MASK = '[redacted]';
const MAX_MESSAGE = 500;
/** So many characters of a value in a row are a part of it and no chance, even where it was cut off. */
const TELLING_LENGTH = 8;
/** So many characters at the start of a sensitive value are a part of it, where they stand as a word. */
const TELLING_START = 4;
/** Shorter texts are hidden only as whole words: the "a" of a document is in every message. */
const HIDDEN_ANYWHERE = 3;

export interface ConcealmentOptions {
  readonly document: unknown;
  readonly isSensitive: (path: readonly string[]) => boolean;
  /** Values at fault that are shorter than this stay, unless they are sensitive. */
  readonly shortest: number;
}

export interface Rule {
  /** What the rule looked at, where that is no longer what the document holds. */
  readonly value?: unknown;
  /** Words of the schema itself, its enumeration members and limits: they stay readable. */
  readonly vocabulary?: readonly string[];
}

class Leaf {
  #forms: readonly string[] | undefined;

  constructor(
    private readonly text: string,
    readonly sensitive: boolean,
  ) {}

  /** Not before they are asked for: most values of a document are of no interest to most messages. */
  get forms(): readonly string[] {
    return (this.#forms ??= formsOf(this.text));
  }
}

/**
 * Takes the values of a document out of a message that somebody else wrote: the value at fault and parts of it, anything
 * sensitive, keys that are no names, and any other value that is long enough not to be there by chance.
 */
export class Concealment {
  #leaves: readonly Leaf[] | undefined;
  #keys: readonly string[] | undefined;
  /** By message and vocabulary: a rule that a thousand values break says the same of all of them. */
  readonly #masks = new Map<string, Mask>();

  constructor(private readonly options: ConcealmentOptions) {}

  isSensitive(path: readonly string[]): boolean {
    return this.options.isSensitive(path);
  }

  conceal(text: string, path: readonly string[], { value, vocabulary = [] }: Rule = {}): string {
    const { shortest } = this.options;
    const message = text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text;
    const mask = new Mask(message, vocabulary);
    const blamed = [valueAt(this.options.document, path), value].flatMap((at) => this.#leavesOf(at, path));
    for (const { forms, sensitive } of blamed) {
      for (const form of forms) if (sensitive || form.length >= shortest) mask.hide(form);
    }
    mask.hideParts(blamed.flatMap(({ forms }) => forms));
    mask.add(this.#wholeDocument(message, vocabulary));
    return mask.shown();
  }

  /** What a message must not show wherever in the document the fault is. */
  #wholeDocument(message: string, vocabulary: readonly string[]): Mask {
    const id = JSON.stringify([message, vocabulary]);
    const known = this.#masks.get(id);
    if (known) return known;
    const mask = new Mask(message, vocabulary);
    this.#masks.set(id, mask);
    this.#keys ??= valuesInKeys(this.options.document);
    for (const form of this.#keys) mask.hide(form);
    mask.hideParts(this.#keys);
    this.#leaves ??= this.#leavesOf(this.options.document, []);
    for (const { forms, sensitive } of this.#leaves) {
      for (const form of forms) if (sensitive || form.length >= TELLING_LENGTH) mask.hide(form);
      if (sensitive) for (const form of forms) mask.hideStart(form);
    }
    return mask;
  }

  #leavesOf(value: unknown, path: readonly string[]): Leaf[] {
    return leavesOf(value, path, this.options.isSensitive);
  }
}

/** Takes what is sensitive in a value out of a text: nothing else, so that it stays of use. */
export function concealSensitive(
  text: string,
  value: unknown,
  isSensitive: (path: readonly string[]) => boolean,
): string {
  const mask = new Mask(text, []);
  for (const leaf of leavesOf(value, [], isSensitive)) {
    if (leaf.sensitive) for (const form of leaf.forms) mask.hide(form);
  }
  return mask.shown();
}

class Mask {
  readonly #hidden: boolean[];
  readonly #spared: readonly (readonly [number, number])[];

  constructor(
    private readonly message: string,
    vocabulary: readonly string[],
  ) {
    this.#hidden = new Array<boolean>(message.length).fill(false);
    this.#spared = vocabulary.flatMap((word) => wordsIn(message, word));
  }

  hide(form: string): void {
    const spans = form.length < HIDDEN_ANYWHERE ? wordsIn(this.message, form) : spansIn(this.message, form);
    for (const span of spans) this.#cover(span);
  }

  hideParts(forms: readonly string[]): void {
    // Joined by what is in no message, so that no part spans two values.
    const haystack = forms.filter((form) => form.length >= TELLING_LENGTH).join('\0');
    if (haystack === '') return;
    for (let start = 0; start + TELLING_LENGTH <= this.message.length; start += 1) {
      const part = this.message.slice(start, start + TELLING_LENGTH);
      if (haystack.includes(part)) this.#cover([start, start + TELLING_LENGTH]);
    }
  }

  /** Some messages hint at a value: "hunt…". The protocol of a URL is no hint. */
  hideStart(form: string): void {
    const protocol = /^(?:[a-z+]|%2B)+(?::\/\/|%3A%2F%2F)/.exec(form)?.[0] ?? '';
    const least = Math.max(TELLING_START, protocol.length + 1);
    if (form.length < least) return;
    for (const [start] of spansIn(this.message, form.slice(0, least))) {
      let end = start + least;
      while (end < this.message.length && this.message[end] === form[end - start]) end += 1;
      if (isWordAt(this.message, start, end)) this.#cover([start, end]);
    }
  }

  /** What another mask of the same message hides. */
  add(other: Mask): void {
    for (const [at, hidden] of other.#hidden.entries()) if (hidden) this.#hidden[at] = true;
  }

  shown(): string {
    let text = '';
    for (let at = 0; at < this.message.length; at += 1) {
      if (!this.#hidden[at]) text += this.message[at];
      else if (!this.#hidden[at - 1]) text += MASK;
    }
    return text;
  }

  #cover([start, end]: readonly [number, number]): void {
    if (this.#spared.some(([from, to]) => from <= start && end <= to)) return;
    this.#hidden.fill(true, start, end);
  }
}

function spansIn(message: string, form: string): [number, number][] {
  const spans: [number, number][] = [];
  if (form === '' || form.length > message.length) return spans;
  for (let at = message.indexOf(form); at !== -1; at = message.indexOf(form, at + 1)) {
    spans.push([at, at + form.length]);
  }
  return spans;
}

function wordsIn(message: string, word: string): [number, number][] {
  return spansIn(message, word).filter(([start, end]) => isWordAt(message, start, end));
}

function isWordAt(message: string, start: number, end: number): boolean {
  return !isWordPart(message[start - 1]) && !isWordPart(message[end]);
}

function isWordPart(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

function leavesOf(
  value: unknown,
  path: readonly string[],
  isSensitive: (path: readonly string[]) => boolean,
): Leaf[] {
  const leaves: Leaf[] = [];
  const entered = new Set<object>();
  const visit = (part: unknown, at: readonly string[]): void => {
    if (typeof part === 'object' && part !== null) {
      if (entered.has(part)) return;
      entered.add(part);
      if (part instanceof Date || part instanceof URL) visit(part.toJSON(), at);
      for (const [step, member] of membersOf(part)) visit(member, [...at, step]);
    } else if (typeof part === 'string' || typeof part === 'number' || typeof part === 'bigint') {
      leaves.push(new Leaf(String(part), isSensitive(at)));
    }
  };
  visit(value, path);
  return leaves;
}

/** The forms of keys that are no names: each may be a value as a whole, or from where the name before it ends. */
function valuesInKeys(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, member]) => {
    const forms = isName(key) ? [] : [key, key.slice(nameAtStart(key).length + 1)].flatMap(formsOf);
    return [...forms, ...valuesInKeys(member)];
  });
}

/** The ways in which a value gets into a text. */
function formsOf(value: string): string[] {
  const plain = [value, ...urlParts(value)];
  const forms = [...plain, JSON.stringify(value).slice(1, -1), ...plain.flatMap(inUrl)];
  // class-validator puts `$value` in with String.replace, which reads `$&` and its kin in the value as a command.
  if (value.includes('$')) forms.push(...value.split(/\$[$&`'<\d]/).filter((part) => part.length >= 3));
  return [...new Set(forms)].filter((form) => form.trim() !== '');
}

/** A message may quote nothing but the password of a URL. */
function urlParts(value: string): string[] {
  if (!value.includes('://') || !URL.canParse(value)) return [];
  const { href, host, hostname, username, password, search, searchParams } = new URL(value);
  const parts = [href, host, hostname, username, password, decoded(username), decoded(password), search];
  return [...parts, ...searchParams.values()];
}

/** As a part of a URL: encoded by whoever puts it together, or by `URL`, which keeps `$%&+,` in a password as they are. */
function inUrl(value: string): string[] {
  if (!/[^\w.!~*'()-]/.test(value)) return [];
  // Half of a surrogate pair has no encoding; this is what stands for it.
  const encoded = encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\ufffd'));
  return [encoded, encoded.replace(/%2[456BC]/g, (kept) => decodeURIComponent(kept))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
