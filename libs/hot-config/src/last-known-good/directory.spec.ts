import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmod,
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { HotConfigLastKnownGoodError, type LastKnownGoodDocument } from '../contract/index.js';
import { lastKnownGoodDirectory } from './index.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'stored-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

function stored(changes: Partial<LastKnownGoodDocument> = {}): LastKnownGoodDocument {
  return {
    key: 'shop',
    bytes: Buffer.from('name: corner\n'),
    contentType: 'application/yaml',
    revision: 7,
    epoch: 'one',
    digest: 'd'.repeat(64),
    origin: 'configs/shop.yaml',
    publishedAt: new Date('2026-01-02T03:04:05.678Z'),
    savedAt: new Date('2026-01-02T03:04:06.789Z'),
    ...changes,
  };
}

function file(key = 'shop'): string {
  return join(root, `${key}.last-known-good.json`);
}

async function fields(): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(file(), 'utf8')) as Record<string, unknown>;
}

async function rewritten(changes: Record<string, unknown>): Promise<void> {
  await writeFile(file(), JSON.stringify({ ...(await fields()), ...changes }));
}

/** Calls `onSync` before each fsync. */
async function watchingSyncs(
  onSync: (handle: FileHandle) => Promise<void>,
  work: () => Promise<void>,
): Promise<void> {
  const some = await open(root);
  const handles = Object.getPrototypeOf(some) as FileHandle;
  await some.close();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its handle below
  const sync = handles.sync;
  const spy = jest.spyOn(handles, 'sync').mockImplementation(async function (this: FileHandle) {
    await onSync(this);
    await sync.call(this);
  });
  await work().finally(() => spy.mockRestore());
}

describe('a saved last known good', () => {
  it.each<[string, Partial<LastKnownGoodDocument>]>([
    ['text', {}],
    ['bytes that are no text', { bytes: Buffer.from([0xff, 0x00, 0xfe, 0x80]) }],
    ['a byte order mark and odd line ends', { bytes: Buffer.from('\ufeffa: "\u0000\u2028"\r\n') }],
    ['no optional property', { contentType: undefined, publishedAt: undefined }],
    ['an empty document', { bytes: Buffer.alloc(0) }],
  ])('is loaded exactly as it was saved: %s', async (_what, changes) => {
    await lastKnownGoodDirectory({ directory: root }).save(stored(changes));
    const loaded = await lastKnownGoodDirectory({ directory: root }).load('shop');
    expect({ ...loaded, bytes: [...(loaded?.bytes ?? [])] }).toEqual({
      ...stored(changes),
      bytes: [...stored(changes).bytes],
    });
  });

  it('is synced to disk before it replaces the old file, and then the directory is synced', async () => {
    const store = lastKnownGoodDirectory({ directory: root });
    await store.save(stored({ revision: 1 }));
    const synced: unknown[] = [];
    await watchingSyncs(
      async (handle) => {
        const stats = await handle.stat();
        const current = await store.load('shop');
        synced.push({
          what: stats.isDirectory() ? 'the directory' : `a file of ${stats.size} bytes`,
          inPlace: current?.revision,
        });
      },
      () => store.save(stored({ revision: 2 })),
    );
    expect(synced).toEqual([
      { what: `a file of ${(await stat(file())).size} bytes`, inPlace: 1 },
      { what: 'the directory', inPlace: 2 },
    ]);
  });

  it('is readable by its owner only, in a directory that is created for it', async () => {
    const directory = join(root, 'deep', 'below');
    await lastKnownGoodDirectory({ directory }).save(stored());
    expect((await stat(join(directory, 'shop.last-known-good.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  it('does not keep the permissions of the file that it replaces', async () => {
    const store = lastKnownGoodDirectory({ directory: root });
    await store.save(stored());
    await chmod(file(), 0o644);
    await store.save(stored());
    expect((await stat(file())).mode & 0o777).toBe(0o600);
  });

  it('is a file that an operator can read, with the document as text, its checksum, and its origin', async () => {
    await lastKnownGoodDirectory({ directory: root }).save(stored());
    expect(await fields()).toEqual({
      format: 1,
      key: 'shop',
      revision: 7,
      epoch: 'one',
      digest: 'd'.repeat(64),
      origin: 'configs/shop.yaml',
      contentType: 'application/yaml',
      publishedAt: '2026-01-02T03:04:05.678Z',
      savedAt: '2026-01-02T03:04:06.789Z',
      encoding: 'utf8',
      document: 'name: corner\n',
      checksum: createHash('sha256').update('name: corner\n').digest('hex'),
    });
  });

  it('does not change the files of other keys', async () => {
    const one = lastKnownGoodDirectory({ directory: root });
    const other = lastKnownGoodDirectory({ directory: root });
    await Promise.all([one.save(stored()), other.save(stored({ key: 'team.pricing', revision: 1 }))]);
    expect(await one.load('shop')).toMatchObject({ revision: 7 });
    expect(await one.load('team.pricing')).toMatchObject({ key: 'team.pricing', revision: 1 });
  });

  it('is the only file of its key, and the newest, however often the key is saved', async () => {
    const store = lastKnownGoodDirectory({ directory: root });
    for (let revision = 1; revision <= 20; revision += 1) await store.save(stored({ revision }));
    expect(await store.load('shop')).toMatchObject({ revision: 20 });
    expect(await readdir(root)).toEqual(['shop.last-known-good.json']);
  });

  it('is never torn when two writers save one key: a reader sees one document or the other, whole', async () => {
    const writers = [1, 2].map((revision) => ({
      store: lastKnownGoodDirectory({ directory: root }),
      stored: stored({ revision, bytes: Buffer.alloc(200_000, String(revision)) }),
    }));
    const reader = lastKnownGoodDirectory({ directory: root });
    const seen: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const saves = writers.map(({ store, stored }) => store.save(stored));
      const loaded = await reader.load('shop');
      if (loaded) seen.push(Buffer.from(loaded.bytes.subarray(0, 1)).toString() + String(loaded.revision));
      await Promise.all(saves);
    }
    expect(seen.length).toBeGreaterThan(5);
    for (const pair of seen) expect(['11', '22']).toContain(pair);
  });
});

describe('a last known good that was never saved', () => {
  it('is undefined, whether the file or the directory is missing', async () => {
    expect(await lastKnownGoodDirectory({ directory: root }).load('shop')).toBeUndefined();
    expect(await lastKnownGoodDirectory({ directory: join(root, 'none') }).load('shop')).toBeUndefined();
  });
});

describe('fault: last known good corrupt, truncated, of another service, of an older schema, unwritable: a file that cannot be trusted', () => {
  const rejected = async (): Promise<string> => {
    const failure: unknown = await lastKnownGoodDirectory({ directory: root })
      .load('shop')
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HotConfigLastKnownGoodError);
    expect(failure).toMatchObject({ code: 'LAST_KNOWN_GOOD', key: 'shop' });
    const { message } = failure as HotConfigLastKnownGoodError;
    expect(message).toContain(file());
    expect(message).toMatch(/is ignored: .*Delete it/);
    return message;
  };

  it.each([0, 1, 50, 250, 400])('is an error when it was cut after %i bytes', async (length) => {
    await lastKnownGoodDirectory({ directory: root }).save(stored());
    await writeFile(file(), (await readFile(file())).subarray(0, length));
    expect(await rejected()).toMatch(/damaged/);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['another document', { document: 'name: changed\n' }, /checksum/],
    ['another encoding', { encoding: 'base64' }, /checksum/],
    ['an unknown encoding', { encoding: 'latin1' }, /damaged/],
    ['no document', { document: undefined }, /damaged/],
    ['a document that is no text', { document: { a: 1 } }, /damaged/],
    ['another key', { key: 'other' }, /another key/],
    ['a newer format', { format: 2 }, /another version/],
    ['no format', { format: undefined }, /another version/],
    ['a revision that is no number', { revision: '7' }, /damaged/],
    ['a negative revision', { revision: -1 }, /damaged/],
    ['a time that is no date', { savedAt: 'yesterday' }, /damaged/],
    ['an unknown content type', { contentType: 'text/html' }, /damaged/],
    ['no digest', { digest: null }, /damaged/],
  ])('is an error because it has %s', async (_what, changes, reason) => {
    await lastKnownGoodDirectory({ directory: root }).save(stored());
    await rewritten(changes);
    expect(await rejected()).toMatch(reason);
  });

  it.each(['null', '[]', '7', '"text"', '{}'])('is an error when it holds only %s', async (text) => {
    await writeFile(file(), text);
    await rejected();
  });

  it('is an error when a directory has its name', async () => {
    await mkdir(file());
    expect(await rejected()).toMatch(/not a regular file/);
  });

  it('is an error when a pipe has its name, and the read does not wait for a writer', async () => {
    await promisify(execFile)('mkfifo', [file()]);
    expect(await rejected()).toMatch(/not a regular file/);
  });

  it('is an error that shows no part of the content', async () => {
    await writeFile(file(), '{"format":1,"key":"shop","document":"hunter2');
    const failure: unknown = await lastKnownGoodDirectory({ directory: root })
      .load('shop')
      .catch((error: unknown) => error);
    const { message, cause } = failure as HotConfigLastKnownGoodError;
    expect(`${message} ${String(cause)}`).not.toContain('hunter2');
  });

  it('is replaced by the next save', async () => {
    const store = lastKnownGoodDirectory({ directory: root });
    await writeFile(file(), 'damaged');
    await store.save(stored());
    expect(await store.load('shop')).toMatchObject({ revision: 7 });
  });
});

describe('fault: last known good corrupt, truncated, of another service, of an older schema, unwritable: a save that fails', () => {
  it.each<[string, string, () => Promise<unknown>]>([
    ['ENOTDIR', 'below a file', () => writeFile(join(root, 'sub'), '')],
    [
      'EISDIR',
      'onto a directory',
      () => mkdir(join(root, 'sub', 'shop.last-known-good.json'), { recursive: true }),
    ],
  ])(
    'rejects with %s, %s, and the error has the failure, the file and the value in force, and no file is left behind',
    async (code, _where, arrange) => {
      await arrange();
      const directory = code === 'ENOTDIR' ? join(root, 'sub', 'below') : join(root, 'sub');
      const failure: unknown = await lastKnownGoodDirectory({ directory })
        .save(stored())
        .catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(HotConfigLastKnownGoodError);
      expect(failure).toMatchObject({ key: 'shop', revision: 7 });
      const { message } = failure as HotConfigLastKnownGoodError;
      expect(message).toContain(join(directory, 'shop.last-known-good.json'));
      expect(message).toContain(code);
      expect(message).toMatch(/served is not affected/);
      expect(message).not.toContain('corner');
      if (code === 'EISDIR') expect(await readdir(directory)).toEqual(['shop.last-known-good.json']);
    },
  );

  it('does not make the next save fail', async () => {
    const directory = join(root, 'sub');
    await writeFile(directory, '');
    const store = lastKnownGoodDirectory({ directory });
    await expect(store.save(stored())).rejects.toThrow(HotConfigLastKnownGoodError);
    await rm(directory);
    await store.save(stored({ revision: 9 }));
    expect(await store.load('shop')).toMatchObject({ revision: 9 });
  });

  it.each(['../shop', '/etc/shop', '', '.', '..', 'a/b', 'a\\b'])(
    'touches no file for %p, which is no key',
    async (key) => {
      const store = lastKnownGoodDirectory({ directory: join(root, 'sub') });
      await expect(store.save(stored({ key }))).rejects.toThrow(HotConfigLastKnownGoodError);
      await expect(store.load(key)).rejects.toThrow(HotConfigLastKnownGoodError);
      expect(await readdir(root)).toEqual([]);
    },
  );
});

describe('a temporary file that a crash has left', () => {
  it('is removed by the first save when it is old; a newer file, which another process may be writing, stays', async () => {
    const old = join(root, '.hot-config-11111111-1111-4111-8111-111111111111.tmp');
    const fresh = join(root, '.hot-config-22222222-2222-4222-8222-222222222222.tmp');
    const external = join(root, 'notes.tmp');
    for (const path of [old, fresh, external]) await writeFile(path, 'half');
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(old, longAgo, longAgo);
    await utimes(external, longAgo, longAgo);
    await lastKnownGoodDirectory({ directory: root }).save(stored());
    expect((await readdir(root)).sort()).toEqual(
      [
        '.hot-config-22222222-2222-4222-8222-222222222222.tmp',
        'notes.tmp',
        'shop.last-known-good.json',
      ].sort(),
    );
  });
});

describe('constructing a store', () => {
  it('reads and writes nothing', async () => {
    const directory = join(root, 'sub');
    expect(lastKnownGoodDirectory({ directory }).name).toBe(directory);
    expect(await readdir(root)).toEqual([]);
  });
});
