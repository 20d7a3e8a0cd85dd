import { checkMilliseconds, HotConfigSetupError } from '../contract/index.js';
import { checkOptionNames, type OptionNames } from '../document/index.js';

export interface FileSourceOptions {
  /**
   * Holds the documents: `service1.yaml` is the document `service1`, `team/shop.yaml` and `team.shop.yaml` are both
   * `team.shop`. Need not exist yet. Subfolders are read to a depth of 5, 1,000 of them at most.
   */
  readonly directory: string;
  /** Milliseconds that a file written in place must stay the same before it is reported. Default 40. */
  readonly quietMs?: number | undefined;
  /** Milliseconds between two checks of the content of every file, for changes that no event announced. Default 10,000. */
  readonly pollMs?: number | undefined;
  /**
   * Looks at every file each 100 ms instead of waiting for events of the system: for network mounts and Docker on a Mac, which
   * send none. Default false. The environment has the last word: CHOKIDAR_USEPOLLING (`1` or `0`), CHOKIDAR_INTERVAL (ms).
   */
  readonly polling?: boolean | undefined;
  /**
   * Files and folders that are no documents. Patterns, in addition to the leftovers of editors and tools (`*~`, `*.bak`,
   * `*.old.yaml`, `*.sync-conflict-*`, `kustomization.yaml`, `node_modules`): `*` stands for any characters but `/`; a pattern
   * without `/` is compared with the name (`drafts`, `*.draft.yaml`), one with `/` before its end with the path in the directory
   * (`team/drafts`, `./drafts`). Or a function of that path, which is asked instead; a path for which it throws is not ignored.
   * Names that begin with a dot are ignored always.
   */
  readonly ignore?: readonly string[] | ((path: string) => boolean) | undefined;
}

export type CompleteOptions = {
  readonly [Name in keyof FileSourceOptions]-?: NonNullable<FileSourceOptions[Name]>;
};

const OPTIONS: OptionNames<FileSourceOptions> = {
  directory: true,
  quietMs: true,
  pollMs: true,
  polling: true,
  ignore: true,
};

/** Fills in the defaults. @throws HotConfigSetupError for what cannot work */
export function completeOptions(options: FileSourceOptions): CompleteOptions {
  checkOptionNames('fileSource', options, OPTIONS);
  const { directory, quietMs = 40, pollMs = 10_000, polling = false, ignore = [] } = options;
  if (typeof directory !== 'string' || directory === '') {
    throw new HotConfigSetupError(
      'fileSource was given no directory, or an empty name. Name the directory of the documents.',
    );
  }
  const whose = `of fileSource for directory "${directory}"`;
  for (const [option, value] of Object.entries({ quietMs, pollMs }))
    checkMilliseconds(`${option} ${whose}`, value);
  if (typeof polling !== 'boolean') throw new HotConfigSetupError(`polling ${whose} must be true or false.`);
  if (typeof ignore !== 'function' && !isListOfTexts(ignore)) {
    throw new HotConfigSetupError(`ignore ${whose} must be a list of patterns, or a function of a path.`);
  }
  return { directory, quietMs, pollMs, polling, ignore };
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((member) => typeof member === 'string' && member !== '');
}
