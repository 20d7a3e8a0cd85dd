import { MemorySource } from '../../libs/hot-config/src/testing/index.js';
import { describeSourceContract } from './source-contract.js';

describeSourceContract('the memory source', () => {
  // Several sources share one store: a put goes into each source that was created.
  const sources: MemorySource[] = [];
  const documents = new Map<string, string>();
  return Promise.resolve({
    source: () => {
      const source = new MemorySource();
      for (const [key, text] of documents) source.put(key, text);
      sources.push(source);
      return source;
    },
    put: (key: string, text: string) => {
      documents.set(key, text);
      for (const source of sources) source.put(key, text);
      return Promise.resolve();
    },
    remove: (key: string) => {
      documents.delete(key);
      for (const source of sources) source.remove(key);
      return Promise.resolve();
    },
    newEpoch: () => {
      documents.clear();
      for (const source of sources) source.newEpoch();
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
});
