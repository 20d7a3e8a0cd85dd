import { HotConfigSetupError } from '../../contract/index.js';

export interface FileSourceOptions {
  /** Holds the documents: `service1.yaml` is the document `service1`. Need not exist yet. Not searched below. */
  readonly directory: string;
  /** Milliseconds that a file written in place must stay the same before it is reported. Default 40. */
  readonly quietMs?: number;
  /** Milliseconds between two looks at the content of every file, for changes that no event told. Default 10,000. */
  readonly pollMs?: number;
  /** Bytes; a larger file is refused and listed in `problems()`. Default 1 MiB, what a NATS server takes by default. */
  readonly maxBytes?: number;
}

/** Fills in the defaults. Throws `HotConfigSetupError` for what cannot work. */
export function completeOptions(options: FileSourceOptions): Required<FileSourceOptions> {
  const complete = {
    directory: options.directory,
    quietMs: options.quietMs ?? 40,
    pollMs: options.pollMs ?? 10_000,
    maxBytes: options.maxBytes ?? 1024 * 1024,
  };
  if (complete.directory === '') {
    throw new HotConfigSetupError(
      'fileSource was given an empty directory name. Name the directory of the documents.',
    );
  }
  for (const option of ['quietMs', 'pollMs', 'maxBytes'] as const) {
    if (!(Number.isFinite(complete[option]) && complete[option] > 0)) {
      throw new HotConfigSetupError(
        `fileSource for directory "${complete.directory}" was given ${option}: ${complete[option]}. Give a number above 0.`,
      );
    }
  }
  return complete;
}
