import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSource } from '../../libs/hot-config/src/files/index.js';
import { describeSourceContract } from './source-contract.js';

describeSourceContract('the file source', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hot-config-contract-'));
  return {
    source: () => fileSource({ directory }),
    put: async (key: string, text: string) => {
      const temporary = join(directory, `.${key}.tmp`);
      await writeFile(temporary, text);
      await rename(temporary, join(directory, `${key}.yaml`));
    },
    remove: (key: string) => rm(join(directory, `${key}.yaml`)),
    close: () => rm(directory, { recursive: true, force: true }),
  };
});
