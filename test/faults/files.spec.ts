import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../harness/eventually.mjs';
import { type DocumentRow, World } from '../e2e/world.js';
import type { AppProcess } from '../support/app-process.js';
import { BucketWatch } from '../support/bucket-watch.js';
import { inotifyLimit } from '../support/inotify-limit.js';

interface Health {
  readonly status: string;
  readonly details: { readonly configLoader: { readonly notes: string[]; readonly rejected: string[] } };
}

describe('files, the loader and a bucket', () => {
  let world: World;
  let bucket: BucketWatch;

  /** The max payload of the server in the tests below, which is less than the loader reads. */
  const maxPayload = 64 * 1024;

  beforeAll(async () => {
    world = await World.create({ config: `max_payload: ${maxPayload}` });
    for (const file of fs.readdirSync(world.configs)) fs.rmSync(fileOf(file));
    bucket = await BucketWatch.over(world.nats.url);
  }, 120_000);
  afterAll(async () => {
    await bucket.close();
    await world.close();
  });

  const fileOf = (name: string): string => join(world.configs, name);
  const rowOf = async (loader: AppProcess, key: string): Promise<DocumentRow | undefined> =>
    (await loader.get<DocumentRow[]>('/documents')).body.find((row) => row.key === key);
  const health = async (loader: AppProcess): Promise<Health> => (await loader.get<Health>('/health')).body;
  let markers = 0;
  /** Resolves when the loader has published a document that is saved now, after all others. */
  const settle = async (loader: AppProcess): Promise<void> => {
    const text = `marker: ${++markers}\n`;
    await world.save('marker', text);
    await bucket.untilText('marker', text);
    await eventually(
      () => loader.get<DocumentRow[]>('/documents'),
      ({ body }) => body.every(({ problem }) => problem !== 'the file is being written'),
    );
  };

  describe('watched', () => {
    let loader: AppProcess;

    beforeAll(async () => {
      loader = await world.start('config-loader');
    });
    afterAll(() => loader.exit('SIGTERM'));

    it('fault: file deleted: the key is kept and shown as orphaned, also by a loader that starts later', async () => {
      await world.save('deleted', 'a: 1\n');
      await bucket.untilText('deleted', 'a: 1\n');
      fs.rmSync(fileOf('deleted.yaml'));
      const isOrphaned = (row: DocumentRow | undefined): boolean => row?.state === 'orphaned';
      expect((await eventually(() => rowOf(loader, 'deleted'), isOrphaned))?.problem).toContain(
        '"deleted.yaml" was deleted; the bucket keeps the document',
      );
      const twin = await world.start('config-loader');
      await eventually(() => rowOf(twin, 'deleted'), isOrphaned);
      await settle(twin);
      expect(await rowOf(twin, 'deleted')).toMatchObject({ state: 'orphaned', revision: 1 });
      expect(await twin.exit('SIGTERM')).toBe(0);
      expect(bucket.texts('deleted')).toEqual(['a: 1\n']);
    });

    it('fault: same bytes rewritten, touched, chmod; only comments, order or layout changed: nothing is published', async () => {
      const text = 'a: 1 # one\nb: [1, 2]\n';
      await world.save('same', text);
      await bucket.untilText('same', text);
      const path = fileOf('same.yaml');
      const disturbances: (() => Promise<void> | void)[] = [
        () => world.saveInPlace('same', text),
        () => world.save('same', text),
        () => fs.utimesSync(path, new Date(), new Date()),
        () => fs.chmodSync(path, 0o600),
        () => world.saveInPlace('same', '# another comment\na: 1\nb: [1, 2]\n'),
        () => world.save('same', 'b: [1, 2]\na: 1\n'),
        () => world.save('same', 'a:   1\n\nb:\n  - 1\n  - 2\n'),
        () => world.save('same', 'a: 1\r\nb: [1, 2]\r\n'),
      ];
      for (const disturb of disturbances) {
        await disturb();
        await settle(loader);
      }
      expect(await rowOf(loader, 'same')).toMatchObject({ state: 'published' });
      await world.save('same', 'a: 2\n');
      await bucket.untilText('same', 'a: 2\n');
      expect(bucket.texts('same')).toEqual([text, 'a: 2\n']);
    });

    it('fault: 1,000 saves in a second: the last save is published, and few saves before it', async () => {
      for (let save = 1; save <= 1_000; save += 1) {
        fs.writeFileSync(fileOf('.burst.tmp'), `save: ${save}\n`);
        fs.renameSync(fileOf('.burst.tmp'), fileOf('burst.yaml'));
      }
      await bucket.untilText('burst', 'save: 1000\n');
      expect(bucket.texts('burst').length).toBeLessThan(500);
    });

    it('fault: 500 files at once: all files are published, each with its own content', async () => {
      const name = (index: number): string => `at-once-${index}`;
      for (let index = 0; index < 500; index += 1) {
        fs.writeFileSync(fileOf(`${name(index)}.yaml`), `file: ${index}\n`);
      }
      const before = new Set(bucket.published.map(({ key }) => key).filter((key) => !/^at-once/.test(key)));
      await bucket.untilKeys(before.size + 500);
      for (let index = 0; index < 500; index += 1) {
        expect(bucket.texts(name(index))).toEqual([`file: ${index}\n`]);
        fs.rmSync(fileOf(`${name(index)}.yaml`));
      }
    });

    it("fault: file larger than the server's max payload: it is rejected before it is sent, with both sizes, and other files are published", async () => {
      await world.save('large', 'a: 1\n');
      await bucket.untilText('large', 'a: 1\n');
      const text = `a: ${'x'.repeat(100_000)}\n`;
      await world.save('large', text);
      const rejected = await eventually(
        () => rowOf(loader, 'large'),
        (row) => row?.state === 'rejected',
      );
      expect(rejected?.problem).toMatch(/100\d\d\d bytes.*65536/s);
      expect((await health(loader)).details.configLoader.rejected).toContain('large');
      await settle(loader);
      expect(bucket.texts('large')).toEqual(['a: 1\n']);
      expect(world.nats.log.join('\n')).not.toMatch(/maximum payload/i);

      // More than the loader reads.
      await world.save('large', `a: ${'x'.repeat(256 * 1024)}\n`);
      const unread = await eventually(
        () => rowOf(loader, 'large'),
        (row) => /262148 bytes, more than the 262144 that a document may have/.test(row?.problem ?? ''),
      );
      expect(unread).toMatchObject({ state: 'rejected', revision: rejected?.revision });
      await world.save('large', 'a: 2\n');
      await bucket.untilText('large', 'a: 2\n');
    });

    it('fault: a link that leads nowhere: it is rejected by name, logged once, and published when it has a target', async () => {
      const text = '"nowhere.yaml" is a link that leads nowhere';
      fs.symlinkSync('.target', fileOf('nowhere.yaml'));
      await loader.line(/"nowhere\.yaml" is a link that leads nowhere; .* Correct the link/);
      expect(await rowOf(loader, 'nowhere')).toMatchObject({
        state: 'rejected',
        problem: expect.stringContaining(text) as string,
      });
      await settle(loader);
      expect(loader.lines.filter((line) => line.includes(text))).toHaveLength(1);
      fs.writeFileSync(fileOf('.target'), 'a: 1\n');
      await bucket.untilText('nowhere', 'a: 1\n');
      fs.rmSync(fileOf('.target'));
      const lost = await eventually(
        () => rowOf(loader, 'nowhere'),
        (row) => row?.state === 'rejected',
      );
      expect(lost?.problem).toContain(text);
      fs.rmSync(fileOf('nowhere.yaml'));
    });

    it('fault: symlink loop, FIFO, device, a link out of the directory: each is rejected by name and logged once, and other files are published', async () => {
      fs.symlinkSync('loop.yaml', fileOf('loop.yaml'));
      execFileSync('mkfifo', [fileOf('fifo.yaml')]);
      fs.symlinkSync('/dev/zero', fileOf('device.yaml'));
      fs.writeFileSync(join(world.directory, 'outside.yaml'), 'outside: 1\n');
      fs.symlinkSync('../outside.yaml', fileOf('outside.yaml'));
      const odd = {
        loop: 'leads back to itself',
        fifo: 'is a FIFO',
        device: 'leads out of the directory',
        outside: 'leads out of the directory',
      };
      for (const [key, problem] of Object.entries(odd)) {
        const row = await eventually(
          () => rowOf(loader, key),
          (found) => found?.state === 'rejected',
        );
        expect(row?.problem).toContain(`"${key}.yaml" is`);
        expect(row?.problem).toContain(problem);
      }
      await settle(loader);
      await settle(loader);
      const { status, details } = await health(loader);
      expect([status, details.configLoader.rejected]).toEqual(['degraded', Object.keys(odd).sort()]);
      for (const key of Object.keys(odd)) {
        expect(loader.lines.filter((line) => line.includes(`"${key}.yaml" is`))).toHaveLength(1);
        fs.rmSync(fileOf(`${key}.yaml`));
      }
      await eventually(
        () => health(loader),
        (answer) => answer.status === 'ok',
      );
      expect(bucket.published.map(({ key }) => key)).not.toContain('outside');
    });
  });

  it('fault: no inotify (bind mount), watch limit reached: the content poll finds a change, and the status shows the delay until watching works again', async () => {
    const limit = await inotifyLimit(world.directory);
    const loader = await world.start('config-loader', { CONFIG_POLL_MS: '200', ...limit.env }, limit.by);
    await eventually(
      () => health(loader),
      ({ status }) => status === 'degraded',
    );
    expect((await health(loader)).details.configLoader.notes).toEqual([
      expect.stringMatching(
        /Watching the directory .* failed \(ENOSPC\): changes are found by polling every 200 ms/,
      ),
    ]);
    await world.saveInPlace('polled', 'a: 1\n');
    await bucket.untilText('polled', 'a: 1\n');
    await world.save('polled', 'a: 2\n');
    await bucket.untilText('polled', 'a: 2\n');
    expect(loader.lines.filter((line) => line.includes('ENOSPC'))).toHaveLength(1);

    await limit.lift(loader);
    await eventually(
      () => health(loader),
      ({ status }) => status === 'ok',
    );
    expect(await loader.exit('SIGTERM')).toBe(0);
  });
});
