/** Checks the cases that the parent process sends, one at a time. */
import { decodeDocument } from 'nestjs-hot-config/document';
import { checkDecoding } from './decoding.mjs';

process.on('message', (given) => {
  try {
    process.send?.(checkDecoding(decodeDocument, /** @type {import('./decoding.mjs').Case} */ (given)));
  } catch (error) {
    process.send?.({ violation: String(error) });
  }
});
process.on('disconnect', () => process.exit());
