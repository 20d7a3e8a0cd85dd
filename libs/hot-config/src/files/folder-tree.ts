import { type Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { forEachBounded } from '../async/for-each-bounded.js';
import { type DocumentContentType } from '../contract/index.js';
import { keyOfFileName, quoted } from '../document/index.js';
import {
  type EntryProblem,
  type Folder,
  isOutside,
  leadsOut,
  linksTo,
  problemOf,
  rejected,
} from './entry.js';
import { type EventHistory } from './event-history.js';
import { FolderWatch } from './folder-watch.js';
import { type IgnoreRule, ignoreRule } from './ignore.js';
import { locate, type Location } from './location.js';
import { type CompleteOptions } from './options.js';

/** Folders inside one another, without the directory itself. */
const MAX_DEPTH = 5;

/** A directory with more is rather the wrong one; each folder also takes a watch of the system's. */
const MAX_FOLDERS = 1_000;

const foldersAtOnce = 16;

/** A file whose name makes it the document of a key. */
export interface DocumentFile {
  readonly key: string;
  readonly contentType?: DocumentContentType | undefined;
  /** Relative to the directory: `team/shop.yaml`. */
  readonly file: string;
  readonly name: string;
  /** Undefined: its folder could not be listed. */
  readonly folder: Folder | undefined;
}

export interface Listing {
  readonly files: DocumentFile[];
  /** Files whose names give no key, and paths for which the function `ignore` failed. */
  readonly rejected: Map<string, EntryProblem>;
  /** Folders that could not be listed, as prefixes of their files: nobody knows what they hold. */
  readonly unlisted: Map<string, EntryProblem>;
  /** What would be a document or a folder of documents. */
  readonly ignored: string[];
}

interface FolderToList extends Folder, Location {
  /** Paths, free of links, of the folders that hold it, and its own. */
  readonly chain: readonly string[];
}

/** Lists a directory with its subfolders. Each is watched before it is listed: what is made in between is announced. */
export class FolderTree {
  private readonly watches = new Map<string, FolderWatch>();
  private readonly isIgnored: IgnoreRule;
  /** The identity of each folder in the last scan, by prefix. */
  private identities: ReadonlyMap<string, string> = new Map();
  private closed = false;

  constructor(
    private readonly options: CompleteOptions,
    private readonly history: EventHistory,
    private readonly hint: () => void,
  ) {
    this.isIgnored = ignoreRule(options.ignore);
  }

  /** The system's error code while the changes of some folder are not announced. */
  get problem(): string | undefined {
    return [...this.watches.values()].find((watch) => watch.problem !== undefined)?.problem;
  }

  get polls(): boolean {
    return [...this.watches.values()].some((watch) => watch.polls);
  }

  /** Rejects with the system's error when the directory itself cannot be listed. */
  async list(root: Location): Promise<Listing> {
    this.closed = false;
    const listing: Listing = { files: [], rejected: new Map(), unlisted: new Map(), ignored: [] };
    const identities = new Map<string, string>();
    const inUse = new Set<string>();
    let level = [this.folderAt(root, '', [], { root: root.path, chain: [] })];
    while (level.length > 0) {
      const below: FolderToList[] = [];
      await forEachBounded(level, foldersAtOnce, async (folder) => {
        const entries = await this.entriesOf(folder, inUse, listing);
        for (const entry of entries) {
          const subfolder = await this.classify(folder, entry, listing);
          if (subfolder !== undefined) below.push(subfolder);
        }
      });
      for (const { prefix, identity } of level) identities.set(prefix, identity);
      // The directory itself does not count.
      level = this.withinLimit(below, identities.size - 1, listing);
    }
    this.identities = identities;
    for (const location of this.watches.keys()) if (!inUse.has(location)) this.unwatch(location);
    return listing;
  }

  close(): void {
    this.closed = true;
    for (const location of this.watches.keys()) this.unwatch(location);
  }

  private folderAt(
    found: Location,
    prefix: string,
    links: Folder['links'],
    { root, chain }: Pick<FolderToList, 'root' | 'chain'>,
  ): FolderToList {
    const { path, identity } = found;
    const isNew = this.identities.get(prefix) !== identity;
    return { ...found, prefix, location: relative(root, path), links, root, isNew, chain: [...chain, path] };
  }

  private async entriesOf(
    folder: FolderToList,
    inUse: Set<string>,
    { unlisted }: Listing,
  ): Promise<Dirent[]> {
    const { path, prefix, location } = folder;
    try {
      await this.watchOf(location)?.arm(folder);
      const { position } = this.history;
      const entries = await readdir(path, { withFileTypes: true });
      inUse.add(location);
      this.history.keepOnly(location, new Set(entries.map(({ name }) => name)), position);
      return entries;
    } catch (error) {
      if (prefix === '') throw error;
      const problem = problemOf(error, prefix.slice(0, -1), false);
      if (problem.kind !== 'absent') unlisted.set(prefix, problem);
      return [];
    }
  }

  private watchOf(location: string): FolderWatch | undefined {
    if (this.closed) return undefined;
    const { polling } = this.options;
    const watch = this.watches.get(location) ?? new FolderWatch(location, polling, this.history, this.hint);
    this.watches.set(location, watch);
    return watch;
  }

  private unwatch(location: string): void {
    this.watches.get(location)?.close();
    this.watches.delete(location);
    this.history.drop(location);
  }

  /** Adds an entry to the list where it belongs. Returns it if it is a folder to be listed. */
  private async classify(
    folder: FolderToList,
    entry: Dirent,
    listing: Listing,
  ): Promise<FolderToList | undefined> {
    const { name } = entry;
    const file = folder.prefix + name;
    const named = keyOfFileName(file);
    if (this.ignores(file, listing)) {
      const isHidden = name.startsWith('.');
      if (!isHidden && (named !== undefined || entry.isDirectory())) listing.ignored.push(file);
    } else if (named && 'problem' in named) {
      const message = `${quoted(file)} was not read: ${named.problem}`;
      listing.rejected.set(file, { kind: 'rejected', message });
    } else if (named) listing.files.push({ ...named, file, name, folder });
    else if (entry.isDirectory() || entry.isSymbolicLink()) {
      const found = await this.subfolder(folder, name, entry.isSymbolicLink());
      if (found === undefined || !('kind' in found)) return found;
      listing.unlisted.set(`${file}/`, found);
    }
    return undefined;
  }

  private ignores(file: string, { rejected }: Listing): boolean {
    try {
      return this.isIgnored(file);
    } catch (error) {
      const message = `The function of the option ignore failed (${String(error)}): a path for which it fails is not ignored. Correct the function.`;
      rejected.set(file, { kind: 'rejected', message });
      return false;
    }
  }

  private async subfolder(
    parent: FolderToList,
    name: string,
    isLink: boolean,
  ): Promise<FolderToList | EntryProblem | undefined> {
    const file = parent.prefix + name;
    const path = join(parent.path, name);
    try {
      const location = await locate(path);
      if (!location.isDirectory) return undefined;
      if (isOutside(parent.root, location.path)) return leadsOut(file, 'folder');
      if (parent.chain.includes(location.path))
        return rejected(file, 'is a link that leads back to a folder it is in', 'Remove the link');
      if (name.startsWith('_'))
        return rejected(file, 'was not read: names that begin with "_" are reserved', 'Rename the folder');
      if (parent.chain.length > MAX_DEPTH)
        return rejected(
          file,
          `was not read: it lies more than ${MAX_DEPTH} folders deep`,
          'Move its files up',
        );
      const links = isLink ? await linksTo(parent.root, path) : [];
      return this.folderAt(location, `${file}/`, [...parent.links, ...links], parent);
    } catch (error) {
      const problem = problemOf(error, file, isLink);
      if (problem.kind === 'absent') return undefined;
      // A link that leads to nothing may be that of a folder or of any file.
      return problem.kind === 'rejected' ? { ...problem, kind: 'dangling' } : problem;
    }
  }

  private withinLimit(folders: FolderToList[], count: number, { unlisted }: Listing): FolderToList[] {
    folders.sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
    const tooMany = folders.splice(MAX_FOLDERS - count);
    const [first] = tooMany;
    if (first === undefined) return folders;
    const what = `was not read, nor were the folders after it: the directory has more than ${MAX_FOLDERS} folders`;
    const remedy = 'Name those without documents in the option ignore';
    const problem = rejected(first.prefix.slice(0, -1), what, remedy);
    for (const { prefix } of tooMany) unlisted.set(prefix, problem);
    return folders;
  }
}
