import { MemorySource } from '../testing/memory-source.js';
import { recorder } from './engine.fixture.js';
import { SourceLink } from './source-link.js';

it('an ignored path is reported when it appears, once while it stays, and again when it comes back', () => {
  let ignored: readonly string[] = [];
  const source = Object.assign(new MemorySource(), { ignored: () => ignored });
  const recorded = recorder();
  const link = new SourceLink(source, recorded.report);
  link.receive({ up: true });
  for (const paths of [['a~'], ['a~', 'b~'], ['b~'], ['a~', 'b~']]) {
    ignored = paths;
    link.reportNotes();
  }
  expect(recorded.ofType('ignored').map(({ path }) => path)).toEqual(['a~', 'b~', 'a~']);
});
