import { switchesOf } from '../documents.mjs';

/** @import { SavedDocuments } from '../saved-documents.mjs' */
/** @import { ServiceAnswer } from '../sampler.mjs' */

/**
 * Checks that every part of a value is of the document with the given digest.
 *
 * @param {SavedDocuments} savedDocuments
 * @param {ServiceAnswer} reading
 * @returns {string | undefined} the problem
 */
export function tornValue(savedDocuments, { key, digest, value, markers, frozen }) {
  const saved = savedDocuments.find(key, digest);
  if (!saved) return undefined;
  const { level, format, x, y } = switchesOf(saved.number);
  const expected = [level, format, x, y].join(' ');
  const { logging, features } = value;
  const found = [logging.level, logging.format, features.enable_feature_x, features.enable_feature_y].join(
    ' ',
  );
  if (found !== expected) return `all of document ${saved.number} (${expected}); served is ${found}`;
  if (markers && markers.join() !== String(saved.number))
    return `document ${saved.number} in every place; served are parts of ${markers.join(', ')}`;
  return frozen === false ? 'a frozen value; it can be written to' : undefined;
}
