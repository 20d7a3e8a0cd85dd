import { inspect } from 'node:util';

/** A form of a secret is found by so many of its characters; a shorter one is replaced only as a whole word. */
const WINDOW = 4;
/** Bits of the hash of a window that each of its characters brings in. Those of the characters before it are shifted out. */
const BITS = 4;
const HASHES = 1 << (BITS * WINDOW);
/**
 * A longer form is found in pieces of so many characters, each by itself: this limits the work for each character of a text,
 * whatever the secrets are and however the text repeats them. Most host names are shorter than a piece of a secret URL.
 */
const PIECE = 64;

/** Finds secrets in a text, in every form in which they get into a message, in one pass whatever their number. */
export class SecretIndex {
  private readonly pieces: ReadonlySet<string>;
  /** The lengths of the pieces that begin with a window of this hash, the longest first. */
  private readonly lengths = new Array<number[] | undefined>(HASHES);

  constructor(secrets: Iterable<string>) {
    const forms = new Set([...new Set(secrets)].flatMap(formsOf));
    this.pieces = new Set([...forms].flatMap(piecesOf));
    for (const piece of [...this.pieces].sort((a, b) => b.length - a.length)) this.add(piece);
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

  private add(piece: string): void {
    const window = piece.slice(0, WINDOW);
    let hash = 0;
    for (let at = 0; at < window.length; at += 1) hash = nextHash(hash, window.charCodeAt(at));
    if (this.lengths[hash]?.includes(piece.length)) return;
    // Whatever stands before a shorter window is in the higher bits of the hash.
    const step = 1 << (BITS * window.length);
    for (let at = hash % step; at < HASHES; at += step) (this.lengths[at] ??= []).push(piece.length);
  }

  private spansIn(text: string): readonly (readonly [start: number, end: number])[] {
    const spans: [start: number, end: number][] = [];
    let hash = 0;
    for (let at = 0; at < text.length; at += 1) {
      hash = nextHash(hash, text.charCodeAt(at));
      // The longest piece covers every other one whose window ends here.
      const length = this.lengths[hash]?.find((length) => this.isAt(text, startOf(length, at), length));
      if (length === undefined) continue;
      const start = startOf(length, at);
      const last = spans.at(-1);
      if (last !== undefined && last[0] <= start && start <= last[1])
        last[1] = Math.max(last[1], start + length);
      else spans.push([start, start + length]);
    }
    return spans.sort(([a], [b]) => a - b);
  }

  private isAt(text: string, start: number, length: number): boolean {
    const end = start + length;
    if (start < 0 || !this.pieces.has(text.slice(start, end))) return false;
    return length >= WINDOW || !(isWordPart(text[start - 1]) || isWordPart(text[end]));
  }
}

/** Where a piece of this length begins whose window ends here. */
function startOf(length: number, windowEnd: number): number {
  return windowEnd + 1 - Math.min(length, WINDOW);
}

function nextHash(hash: number, code: number): number {
  return ((hash << BITS) ^ code) & (HASHES - 1);
}

function isWordPart(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}

/** A secret as it is, and without the space around it; of a URL that is a secret, the password too. */
function formsOf(secret: string): string[] {
  const isUrl = secret.includes('://') && URL.canParse(secret);
  const plain = new Set([secret, secret.trim(), ...(isUrl ? passwordOf(new URL(secret)) : [])]);
  return [...plain].filter((text) => text.trim() !== '').flatMap(writtenForms);
}

/** A text as it is, as in JSON, as a logger prints a property (in one line, see `maskedError`), as in a URL. */
function writtenForms(text: string): string[] {
  const printed = inspect(text, { breakLength: Infinity, maxStringLength: Infinity });
  return [text, JSON.stringify(text).slice(1, -1), printed.slice(1, -1), ...inUrl(text)];
}

/** The last piece overlaps the one before it. */
function piecesOf(form: string): string[] {
  const lastStart = Math.max(form.length - PIECE, 0);
  return Array.from({ length: Math.ceil(form.length / PIECE) }, (_, n) => {
    const start = Math.min(n * PIECE, lastStart);
    return form.slice(start, start + PIECE);
  });
}

function passwordOf({ href, password }: URL): string[] {
  try {
    return [href, password, decodeURIComponent(password)];
  } catch {
    return [href, password];
  }
}

/** As `encodeURIComponent` writes it, as `URL` does, which keeps `$%&+,` in a password as they are, and as a form field. */
function inUrl(text: string): string[] {
  // Half of a surrogate pair has no encoding; this is what stands for it.
  const encoded = encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));
  const field = new URLSearchParams({ '': text }).toString().slice(1);
  return [encoded, encoded.replace(/%2[456BC]/g, (kept) => decodeURIComponent(kept)), field];
}
