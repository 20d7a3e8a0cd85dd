import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Downloads a package of Debian or Ubuntu and unpacks it below a folder. Nothing is installed.
 *
 * @param {string} name
 * @param {string} suite such as bookworm; not necessarily the suite of this machine
 * @param {string} folder an empty folder for all files of this function
 * @returns {Promise<string>} the folder that stands for `/` in the package
 */
export async function unpackPackage(name, suite, folder) {
  const apt = await privateApt(folder, suite);
  await run('apt-get', [...apt, 'update'], { cwd: folder });
  await run('apt-get', [...apt, 'download', name], { cwd: folder });
  const file = (await readdir(folder)).find((entry) => entry.endsWith('.deb'));
  if (!file) throw new Error(`The suite ${suite} has no package ${name}.`);
  await run('dpkg-deb', ['-x', file, 'unpacked'], { cwd: folder });
  return join(folder, 'unpacked');
}

/**
 * Options that make apt work in a separate directory: apt reads the system's mirror, proxy and keys, and writes
 * no file of the system. So apt works without root, and on a machine whose package lists are empty.
 *
 * @param {string} directory
 * @param {string} suite
 */
async function privateApt(directory, suite) {
  for (const path of ['lists/partial', 'archives/partial', 'state'])
    await mkdir(join(directory, path), { recursive: true });
  await writeFile(join(directory, 'state', 'status'), '');
  await writeFile(join(directory, 'sources.list'), await sourceLine(suite));
  const options = {
    'Dir::Etc::sourcelist': join(directory, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': join(directory, 'state'),
    'Dir::State::lists': join(directory, 'lists'),
    'Dir::State::status': join(directory, 'state', 'status'),
    'Dir::Cache': directory,
    'Dir::Cache::archives': join(directory, 'archives'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
  };
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** @param {string} suite */
async function sourceLine(suite) {
  const ubuntu = /^ID="?ubuntu/m.test(await readFile('/etc/os-release', 'utf8'));
  const sources = await systemSources();
  const keyring = await firstFile([
    ...Array.from(sources.matchAll(/signed-by[:=]\s*(\/[^\s\]]+)/gi), (match) => match[1] ?? ''),
    `/usr/share/keyrings/${ubuntu ? 'ubuntu' : 'debian'}-archive-keyring.gpg`,
  ]);
  const mirror = (await indexedMirror(ubuntu)) ?? mirrorIn(sources, ubuntu);
  if (!mirror) throw new Error('The apt configuration of this machine names no mirror of its distribution.');
  const signedBy = keyring ? `[signed-by=${keyring}] ` : '';
  return `deb ${signedBy}${mirror} ${suite} ${ubuntu ? 'main universe' : 'main'}\n`;
}

async function systemSources() {
  const listed = await readdir('/etc/apt/sources.list.d').catch(() => []);
  const files = listed
    .filter((name) => /\.(list|sources)$/.test(name))
    .map((name) => `/etc/apt/sources.list.d/${name}`);
  const texts = ['/etc/apt/sources.list', ...files].map((file) => readFile(file, 'utf8').catch(() => ''));
  return (await Promise.all(texts)).join('\n').replace(/^\s*#.*$/gm, '');
}

/** apt knows the mirror once it has fetched lists. @param {boolean} ubuntu */
async function indexedMirror(ubuntu) {
  const origin = ubuntu ? 'Ubuntu' : 'Debian';
  const format = '$(ORIGIN) $(COMPONENT) $(REPO_URI)';
  const { stdout } = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  const line = stdout
    .split('\n')
    .find((text) => text.startsWith(`${origin} main `) && !text.includes('security'));
  return line?.split(' ')[2];
}

/** @param {string} sources @param {boolean} ubuntu */
function mirrorIn(sources, ubuntu) {
  const addresses = Array.from(
    sources.matchAll(/\b(?:https?|mirror\+\w+|ftp|file):[^\s]+/g),
    (match) => match[0],
  );
  const name = ubuntu ? /\/ubuntu(-ports)?\/?$/ : /\/debian\/?$/;
  return addresses.find((address) => name.test(address) && !address.includes('security'));
}

/** @param {string[]} paths */
async function firstFile(paths) {
  for (const path of paths) {
    const readable = await access(path, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (path && readable) return path;
  }
  return undefined;
}
