import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { HotConfigUnavailableError, type ReadOutcome, type SourceObserver } from 'nestjs-hot-config';
import type { FileSource, FileSourceProblem } from 'nestjs-hot-config/file';
import type { Publisher } from 'nestjs-hot-config/publisher';
import { ConfigLoader } from './config-loader.js';
import type { DocumentReport } from './document-report.js';

const good = 'a: 1\n';
const broken = 'a: [1\nb: "2\n';
/** The time of a put by the clock of the loader, and by the clock of the bucket. */
const [putAt, storedAt] = [new Date('2026-01-01T00:00:00.001Z'), new Date('2026-01-01T00:00:00.004Z')];

/** A directory and a bucket with at most the document `shop`, and the loader between directory and bucket. */
class Shop {
  readonly logged: string[] = [];
  /** Undefined when there is no file, or when the file is not read. */
  file: string | undefined = good;
  problems: readonly FileSourceProblem[] = [];
  /** True when the file was read before and cannot be read now. */
  isHidden = false;
  bucket: 'empty' | 'away' | { readonly text: string; readonly revision: number } = 'empty';
  takesPuts = true;
  ignored: readonly string[] = [];
  epoch = 'one';
  readonly events: string[] = [];
  readonly debugged: string[] = [];
  readonly informed: string[] = [];
  /** The name of the call that the bucket answers only when its publisher stops. */
  hangs: string | undefined;
  private release: () => void = () => undefined;
  private readonly released = new Promise<void>((resolve) => (this.release = resolve));
  private readonly loader = new ConfigLoader(this.files(), this.publisher(), 1_000_000);
  private observer: SourceObserver | undefined;
  private started = false;

  constructor() {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((line) => void this.logged.push(String(line)));
    jest.spyOn(Logger.prototype, 'log').mockImplementation((line) => void this.informed.push(String(line)));
    jest.spyOn(Logger.prototype, 'debug').mockImplementation((line) => void this.debugged.push(String(line)));
  }

  /** The rows after the loader has looked at the file and the bucket. */
  async rows(): Promise<readonly DocumentReport[]> {
    if (!this.started) await this.loader.onApplicationBootstrap();
    this.started = true;
    this.observer?.hint('shop');
    if (this.hangs !== undefined) this.observer?.hint();
    // Everything that the loader awaits here has resolved already, so one turn is enough.
    await new Promise((resolve) => setImmediate(resolve));
    return this.loader.reports();
  }

  /** The source reports that its problems or ignored files have changed. */
  note(): void {
    this.observer?.noted?.();
  }

  async end(): Promise<void> {
    await this.loader.onModuleDestroy();
    jest.restoreAllMocks();
  }

  private files(): FileSource {
    return {
      name: 'directory "configs"',
      reconcileMs: 1,
      staleAfterMs: 1,
      start: (observer) => {
        this.observer = observer;
        return Promise.resolve();
      },
      watch: () => undefined,
      read: () => Promise.resolve(this.readFile()),
      keys: () => Promise.resolve(['shop']),
      problems: () => this.problems,
      ignored: () => this.ignored,
      delay: () => undefined,
      pending: () => [],
      stop: () => this.stopped('files'),
    };
  }

  private readFile(): ReadOutcome {
    if (this.isHidden) {
      const error = new HotConfigUnavailableError(this.problems[0]?.message ?? 'hidden');
      return { outcome: 'unreachable', error };
    }
    if (this.file === undefined)
      return { outcome: 'missing', reason: this.problems[0]?.message ?? 'no file' };
    return found(this.file, this.file === good ? 1 : 2);
  }

  private publisher(): Publisher {
    const reason = 'NATS is away.';
    const error = new HotConfigUnavailableError(`${reason} The applied value stays in force.`, { reason });
    return {
      name: 'bucket "configs"',
      start: () => Promise.resolve(),
      connected: () => Promise.resolve(),
      publish: async ({ bytes }) => {
        await this.answer('publish');
        if (this.bucket === 'away' || !this.takesPuts) return { outcome: 'unreachable', error };
        const { epoch } = this;
        const text = Buffer.from(bytes).toString();
        if (this.bucket !== 'empty' && this.bucket.text === text)
          return { outcome: 'unchanged', revision: this.bucket.revision, epoch, publishedAt: storedAt };
        const revision = this.bucket === 'empty' ? 7 : this.bucket.revision + 1;
        this.bucket = { text, revision };
        return { outcome: 'published', revision, epoch, publishedAt: putAt };
      },
      remove: () => Promise.resolve({ outcome: 'missing' }),
      read: () => {
        if (this.bucket === 'away') return Promise.resolve({ outcome: 'unreachable', error });
        if (this.bucket === 'empty') return Promise.resolve({ outcome: 'missing', reason: 'no such key' });
        return Promise.resolve(found(this.bucket.text, this.bucket.revision, this.epoch));
      },
      current: async () => {
        await this.answer('comparison');
        return new Map();
      },
      bucketNotes: () => [],
      stop: async () => {
        await this.stopped('publisher');
        this.release();
      },
    };
  }

  private async answer(what: string): Promise<void> {
    if (this.hangs !== what) return;
    this.events.push(`${what} begun`);
    await this.released;
    // One turn later: a stop that does not wait for this call resolves first, and the test notices.
    await new Promise((resolve) => setImmediate(resolve));
    this.events.push(`${what} ended`);
  }

  private stopped(what: string): Promise<void> {
    this.events.push(`${what} stopped`);
    return Promise.resolve();
  }
}

function found(text: string, revision: number, epoch = 'one'): ReadOutcome {
  const place = { key: 'shop', epoch, revision, origin: 'configs/shop.yaml', publishedAt: storedAt };
  return {
    outcome: 'found',
    document: { ...place, bytes: Buffer.from(text), contentType: 'application/yaml' },
  };
}

function problem(file: string, key: string | undefined): FileSourceProblem {
  return { file, key, message: `"${file}" was not read.` };
}

describe('the rows of GET /documents', () => {
  let shop: Shop;
  beforeEach(() => {
    shop = new Shop();
  });
  afterEach(() => shop.end());

  it('show a key whose file is not read as one rejected row, with the document that the bucket keeps', async () => {
    const [published] = await shop.rows();
    expect(published).toMatchObject({ state: 'published', revision: 7, publishedAt: putAt });
    shop.problems = [problem('shop.json', 'shop'), problem('shop.yaml', 'shop')];
    expect(await shop.rows()).toEqual([
      { ...published, state: 'rejected', problem: '"shop.yaml" was not read.' },
    ]);
    shop.problems = [];
    expect(await shop.rows()).toEqual([published]);
  });

  it('show a key as one rejected row also when the loader has never read its file, and the log has one line', async () => {
    shop.file = undefined;
    shop.problems = [problem('shop.yaml', 'shop')];
    shop.bucket = { text: good, revision: 5 };
    expect(await shop.rows()).toMatchObject([
      {
        key: 'shop',
        state: 'rejected',
        revision: 5,
        publishedAt: storedAt,
        problem: '"shop.yaml" was not read.',
      },
    ]);
    expect(shop.logged).toEqual(['"shop.yaml" was not read.']);
    shop.bucket = 'empty';
    expect(await shop.rows()).toMatchObject([{ key: 'shop', state: 'rejected', revision: null }]);
  });

  it('show a key as one rejected row while its file can no longer be read, until the file can be read again', async () => {
    const [published] = await shop.rows();
    shop.problems = [problem('shop.yaml', 'shop')];
    shop.isHidden = true;
    const rejected = { ...published, state: 'rejected', problem: '"shop.yaml" was not read.' };
    expect(await shop.rows()).toEqual([rejected]);
    expect(shop.logged).toEqual(['"shop.yaml" was not read.']);
    shop.problems = [];
    shop.isHidden = false;
    expect(await shop.rows()).toEqual([published]);
  });

  it('show a file whose name gives no key under the name of the file', async () => {
    shop.problems = [problem('my shop.yaml', undefined)];
    expect(await shop.rows()).toMatchObject([
      { key: 'my shop.yaml', origin: 'my shop.yaml', state: 'rejected', revision: null },
      { key: 'shop', state: 'published' },
    ]);
  });

  it('keep the time that they first showed for a revision, though the clock of the bucket differs', async () => {
    expect(await shop.rows()).toMatchObject([{ publishedAt: putAt }]);
    expect(await shop.rows()).toMatchObject([{ state: 'published', publishedAt: putAt }]);
    shop.file = undefined;
    expect(await shop.rows()).toMatchObject([{ state: 'orphaned', publishedAt: putAt }]);
    shop.bucket = { text: good, revision: 8 };
    expect(await shop.rows()).toMatchObject([{ revision: 8, publishedAt: storedAt }]);
  });
});

describe('a file that is not valid', () => {
  const why =
    'configs/shop.yaml is not published: line 2, column 1: wrong indentation, or a bracket that is not closed; ' +
    'line 2, column 4: a closing quote is missing.';
  let shop: Shop;
  beforeEach(() => {
    shop = new Shop();
  });
  afterEach(() => shop.end());

  it('is logged in one line, with the revision that the bucket keeps and what to do', async () => {
    await shop.rows();
    shop.file = broken;
    const text = `${why} The bucket keeps revision 7. Correct the file and save it.`;
    expect(await shop.rows()).toMatchObject([{ state: 'rejected', revision: 7, problem: text }]);
    expect(shop.logged).toEqual([`shop rejected: ${text}`]);
  });

  it('is logged once, though the bucket changes or goes away meanwhile', async () => {
    shop.file = broken;
    expect(await shop.rows()).toMatchObject([
      {
        revision: null,
        problem: `${why} The bucket holds no document for this key. Correct the file and save it.`,
      },
    ]);
    shop.bucket = { text: good, revision: 3 };
    await shop.rows();
    shop.bucket = 'away';
    expect(await shop.rows()).toMatchObject([
      { revision: 3, problem: `${why} The bucket keeps revision 3. Correct the file and save it.` },
    ]);
    expect(shop.logged).toHaveLength(1);
  });

  it('is logged also while the loader does not know the content of the bucket', async () => {
    shop.file = broken;
    shop.bucket = 'away';
    expect(await shop.rows()).toMatchObject([
      {
        state: 'rejected',
        problem: `${why} What the bucket holds stays in force. Correct the file and save it.`,
      },
    ]);
    expect(shop.logged).toHaveLength(1);
  });
});

it('a file that is there again after it was deleted is logged, though the bucket has its content', async () => {
  const shop = new Shop();
  await shop.rows();
  for (const text of [undefined, good]) {
    shop.file = text;
    await shop.rows();
  }
  await shop.end();
  expect(shop.informed).toContain(
    'shop has its file again: already in the bucket as revision 7 (configs/shop.yaml)',
  );
});

describe('a file that cannot be published now', () => {
  it('is shown with the reason, and applied values are not mentioned because a loader applies none', async () => {
    const shop = new Shop();
    shop.bucket = 'away';
    const rows = await shop.rows();
    await shop.end();
    expect(rows).toMatchObject([{ state: 'waiting', problem: 'NATS is away.' }]);
  });
});

describe('a bucket that loses a document', () => {
  const again = (line: string): boolean => line.includes('is published again, for the second time');
  let shop: Shop;
  beforeEach(async () => {
    shop = new Shop();
    await shop.rows();
  });
  afterEach(() => shop.end());

  it('gets the document again each time, and only the second loss is logged', async () => {
    for (const lines of [0, 1, 1, 1]) {
      shop.bucket = 'empty';
      expect(await shop.rows()).toMatchObject([{ state: 'published', revision: 7 }]);
      expect(shop.logged.filter(again)).toHaveLength(lines);
    }
    expect(shop.logged).toEqual([
      'shop is published again, for the second time though its file has not changed: no such key. The bucket drops ' +
        'documents (max_age, discard old or retention of its stream), or somebody removes them. This is not logged again.',
    ]);
  });

  it('counts as one loss, however often the put that follows fails', async () => {
    shop.bucket = 'empty';
    shop.takesPuts = false;
    for (let time = 1; time <= 3; time += 1) await shop.rows();
    shop.takesPuts = true;
    expect(await shop.rows()).toMatchObject([{ state: 'published' }]);
    expect(shop.logged.filter(again)).toEqual([]);
  });

  it('is logged again after the file has changed', async () => {
    const changed = 'a: 2\n';
    for (const file of [good, good, changed, changed, changed]) {
      shop.file = file;
      shop.bucket = 'empty';
      await shop.rows();
    }
    expect(shop.logged.filter(again)).toHaveLength(2);
  });
});

describe('the loader', () => {
  it('leaves a document of another client in the bucket while the file does not change', async () => {
    const shop = new Shop();
    await shop.rows();
    shop.bucket = { text: 'name: by hand\n', revision: 9 };
    expect(await shop.rows()).toMatchObject([{ state: 'waiting', revision: 9 }]);
    await shop.end();
  });

  it.each([3, 9])(
    'publishes its file into a bucket that was created again by hand and holds another document at revision %i',
    async (revision) => {
      const shop = new Shop();
      await shop.rows();
      shop.epoch = 'two';
      shop.bucket = { text: 'name: by hand\n', revision };
      expect(await shop.rows()).toMatchObject([{ state: 'published', revision: revision + 1 }]);
      await shop.end();
    },
  );

  it('replaces bytes that another client has put and that are no document, and logs that', async () => {
    const shop = new Shop();
    await shop.rows();
    shop.bucket = { text: '{"type":"io.nats.jetstream.api.v1.stream_info_response"', revision: 9 };
    expect(await shop.rows()).toMatchObject([{ state: 'published', revision: 10 }]);
    expect(shop.logged.filter((line) => line.includes('cannot be read as a document'))).toHaveLength(1);
    await shop.end();
  });

  it('logs a problem of a file when the source notices it, without waiting for the next comparison', async () => {
    const shop = new Shop();
    await shop.rows();
    shop.problems = [{ key: 'shop', file: 'shop.yaml', message: '"shop.yaml" is a FIFO.' }];
    shop.note();
    shop.note();
    expect(shop.logged.filter((line) => line.includes('FIFO'))).toHaveLength(1);
    await shop.end();
  });

  it('logs a file that is ignored once, at debug level', async () => {
    const shop = new Shop();
    shop.ignored = ['shop.yaml.bak'];
    await shop.rows();
    await shop.rows();
    expect(shop.debugged).toEqual(['shop.yaml.bak is ignored: its name says that it is no document']);
    await shop.end();
  });
});

describe('fault: SIGTERM while publishing: a stop', () => {
  it.each([
    ['publish', good],
    ['comparison', undefined],
  ])(
    'ends the watch, then the publisher, and resolves when the %s in flight has ended',
    async (what, file) => {
      const shop = new Shop();
      shop.file = file;
      shop.hangs = what;
      await shop.rows();
      expect(shop.events).toEqual([`${what} begun`]);
      await shop.end();
      expect(shop.events.slice(1)).toEqual(['files stopped', 'publisher stopped', `${what} ended`]);
    },
  );
});
