import { checkMilliseconds, HotConfigSetupError } from '../../contract/index.js';

export interface FileSourceOptions {
  /** Holds the documents: `service1.yaml` is the document `service1`. Need not exist yet. Not searched below. */
  readonly directory: string;
  /** Milliseconds that a file written in place must stay the same before it is reported. Default 40. */
  readonly quietMs?: number;
  /** Milliseconds between two checks of the content of every file, for changes that no event announced. Default 10,000. */
  readonly pollMs?: number;
}

/** Fills in the defaults. @throws HotConfigSetupError for what cannot work */
export function completeOptions(options: FileSourceOptions): Required<FileSourceOptions> {
  const complete = {
    directory: options.directory,
    quietMs: options.quietMs ?? 40,
    pollMs: options.pollMs ?? 10_000,
  };
  // Not given at all, where nobody checks types.
  if (!complete.directory) {
    throw new HotConfigSetupError('fileSource was given no directory. Name the directory of the documents.');
  }
  for (const option of ['quietMs', 'pollMs'] as const) {
    checkMilliseconds(`${option} of fileSource for directory "${complete.directory}"`, complete[option]);
  }
  return complete;
}
