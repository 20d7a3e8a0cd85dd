import { ESLint } from 'eslint';
import words from '../../eslint.words.mjs';

/** The messages of the rule for a file with this name and text. */
async function complaints(file: string, text: string): Promise<string[]> {
  const eslint = new ESLint({
    overrideConfigFile: true,
    overrideConfig: { plugins: { words }, rules: { 'words/field-words': 'error' } },
  });
  const [result] = await eslint.lintText(text, { filePath: file });
  return (result?.messages ?? []).map(({ message }) => message);
}

describe('the lint rule for words that the project has given up', () => {
  it.each([
    ['an identifier', 'put.js', 'const refusal = 1;'],
    ['a class', 'put.js', 'class ForeignChanges {}'],
    ['a method that can mean anything', 'put.js', 'class Feed { tell() {} }'],
    ['a state', 'put.js', "const state = 'refused';"],
    ['the name of a file', 'foreign-changes.js', ''],
    ['the name of a test file', 'refused.spec.js', ''],
  ])('reports %s, with the word to use', async (_what, file, text) => {
    expect(await complaints(file, text)).toEqual([expect.stringMatching(/Use/)]);
  });

  it('does not report words of the field or whole sentences', async () => {
    const text = "const quietMs = 50, snapshot = {}; throw new Error('connection refused: nobody told us');";
    expect(await complaints('last-known-good.js', text)).toEqual([]);
  });
});
