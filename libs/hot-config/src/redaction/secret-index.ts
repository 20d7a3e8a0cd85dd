/** A form of a secret is found by so many of its characters; a shorter one is replaced only as a whole word. */
const WINDOW = 4;
/** Bits of the hash of a window that each of its characters brings in. Those of the characters before it are shifted out. */
const BITS = 4;
const HASHES = 1 << (BITS * WINDOW);

interface Form {
  readonly text: string;
  /** Where in the text its window ends. */
  readonly end: number;
}

/** Finds secrets in a text, in every form in which they get into a message, in one pass whatever their number. */
export class SecretIndex {
  /** By the hash of the characters that end where the window of the form does. */
  private readonly forms = new Array<Form[] | undefined>(HASHES);

  constructor(secrets: Iterable<string>) {
    for (const form of new Set([...new Set(secrets)].flatMap(formsOf))) this.add(form);
  }

  /** Secrets that overlap or touch are replaced as one. */
  replace(text: string, replacement: string): string {
    let replaced = '';
    let shownFrom = 0;
    for (const [start, end] of this.spansIn(text)) {
      if (start > shownFrom || shownFrom === 0) replaced += text.slice(shownFrom, start) + replacement;
      shownFrom = Math.max(shownFrom, end);
    }
    return replaced + text.slice(shownFrom);
  }

  /** Of the windows of a form the one counts that fewest others have: URLs begin alike, and end alike. */
  private add(text: string): void {
    const length = Math.min(text.length, WINDOW);
    let hash = 0;
    let best = { hash, end: 0, others: Infinity };
    for (let end = 0; end < text.length && best.others > 0; end += 1) {
      hash = nextHash(hash, text.charCodeAt(end));
      const others = this.forms[hash]?.length ?? 0;
      if (end >= length - 1 && others < best.others) best = { hash, end, others };
    }
    // Whatever stands before a shorter window is in the higher bits of the hash.
    const step = 1 << (BITS * length);
    for (let at = best.hash % step; at < HASHES; at += step)
      (this.forms[at] ??= []).push({ text, end: best.end });
  }

  private spansIn(text: string): readonly (readonly [start: number, end: number])[] {
    const spans: [number, number][] = [];
    let hash = 0;
    for (let at = 0; at < text.length; at += 1) {
      hash = nextHash(hash, text.charCodeAt(at));
      const forms = this.forms[hash];
      if (forms === undefined) continue;
      for (const form of forms) {
        const start = at - form.end;
        if (isAt(text, start, form.text)) spans.push([start, start + form.text.length]);
      }
    }
    return spans.sort(([a], [b]) => a - b);
  }
}

function nextHash(hash: number, code: number): number {
  return ((hash << BITS) ^ code) & (HASHES - 1);
}

function isAt(text: string, start: number, form: string): boolean {
  if (start < 0 || !text.startsWith(form, start)) return false;
  return form.length >= WINDOW || !(isWordPart(text[start - 1]) || isWordPart(text[start + form.length]));
}

function isWordPart(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

/** A secret as it is, as in JSON, as in a URL; of a URL that is a secret, the password too. */
function formsOf(secret: string): string[] {
  const plain =
    secret.includes('://') && URL.canParse(secret) ? [secret, ...passwordOf(new URL(secret))] : [secret];
  const forms = [...plain, JSON.stringify(secret).slice(1, -1), ...plain.flatMap(inUrl)];
  return forms.filter((form) => form.trim() !== '');
}

function passwordOf({ href, password }: URL): string[] {
  try {
    return [href, password, decodeURIComponent(password)];
  } catch {
    return [href, password];
  }
}

/** As `encodeURIComponent` writes it, and as `URL` does, which keeps `$%&+,` in a password as they are. */
function inUrl(secret: string): string[] {
  // Half of a surrogate pair has no encoding; this is what stands for it.
  const encoded = encodeURIComponent(secret.replace(/\p{Surrogate}/gu, '\ufffd'));
  return [encoded, encoded.replace(/%2[456BC]/g, (kept) => decodeURIComponent(kept))];
}
