import { HotConfigSetupError, type PlainObject } from '../../contract/index.js';
import { requireDefinition, type HotConfigDeclaration } from '../index.js';

/** The value that a declaration makes of a document, checked at the start as the engine does. Fails when the document is rejected. */
export async function accepted<T extends object>(
  declaration: HotConfigDeclaration<T>,
  document: PlainObject,
): Promise<T> {
  const definition = requireDefinition(declaration);
  await definition.check?.();
  const validation = await definition.validate(document);
  if (validation.accepted) return validation.value;
  throw new Error(`rejected: ${JSON.stringify(validation.issues)}`);
}

/** The issues of a document, as `path: message`, sorted. Fails when the document is accepted, and for an invalid class. */
export async function rejected(declaration: HotConfigDeclaration, document: PlainObject): Promise<string[]> {
  const definition = requireDefinition(declaration);
  await definition.check?.();
  const validation = await definition.validate(document);
  if (validation.accepted) throw new Error('accepted');
  return validation.issues.map(({ path, message }) => `${path}: ${message}`).sort();
}

/** What the check at the start says against a class, a line for each property, sorted. Fails when it says nothing. */
export async function problemsAtStart(declaration: HotConfigDeclaration): Promise<string[]> {
  const problem: unknown = await Promise.resolve(requireDefinition(declaration).check?.()).catch(
    (error: unknown) => error,
  );
  if (!(problem instanceof HotConfigSetupError)) throw new Error(`no setup error, but ${String(problem)}`);
  const [, ...lines] = problem.message.split('\n');
  return lines.map((line) => line.replace(/^ {2}- /, '')).sort();
}
