import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startNatsServer } from '../../harness/nats-server.mjs';

const root = join(import.meta.dirname, '../..');
/** The first code below the heading. */
const script = /\n## Publishing\n[^]*?\n```ts\n(?<code>[^]*?)```/.exec(
  readFileSync(join(root, 'libs/hot-config/README.md'), 'utf8'),
)?.groups?.['code'];

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

it("the manual's script publishes a file and ends; the same file again is unchanged", async () => {
  const server = await startNatsServer();
  cleanups.push(() => server.stop());
  const folder = mkdtempSync(join(tmpdir(), 'publishing-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'configs'));
  cpSync(join(root, 'configs/service1.yaml'), join(folder, 'configs/shop.yaml'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const code = script?.replace('nats://127.0.0.1:4222', server.url) ?? '';
  expect(code).toContain(server.url);
  for (const outcome of ['published', 'unchanged']) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { cwd: folder });
    const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect([out, errors]).toEqual([`${outcome}\n`, '']);
  }
});
