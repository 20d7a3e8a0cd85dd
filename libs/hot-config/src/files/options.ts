import { checkMilliseconds, HotConfigSetupError } from '../contract/index.js';
import { checkOptionNames, type OptionNames } from '../document/index.js';

export interface FileSourceOptions {
  /** Holds the documents: `service1.yaml` is the document `service1`. Need not exist yet. Not searched below. */
  readonly directory: string;
  /** Milliseconds that a file written in place must stay the same before it is reported. Default 40. */
  readonly quietMs?: number | undefined;
  /** Milliseconds between two checks of the content of every file, for changes that no event announced. Default 10,000. */
  readonly pollMs?: number | undefined;
}

const OPTIONS: OptionNames<FileSourceOptions> = { directory: true, quietMs: true, pollMs: true };

/** Fills in the defaults. @throws HotConfigSetupError for what cannot work */
export function completeOptions(options: FileSourceOptions): Required<FileSourceOptions> {
  checkOptionNames('fileSource', options, OPTIONS);
  const complete = {
    directory: options.directory,
    quietMs: options.quietMs ?? 40,
    pollMs: options.pollMs ?? 10_000,
  };
  if (typeof complete.directory !== 'string' || complete.directory === '') {
    throw new HotConfigSetupError(
      'fileSource was given no directory, or an empty name. Name the directory of the documents.',
    );
  }
  for (const option of ['quietMs', 'pollMs'] as const) {
    checkMilliseconds(`${option} of fileSource for directory "${complete.directory}"`, complete[option]);
  }
  return complete;
}
