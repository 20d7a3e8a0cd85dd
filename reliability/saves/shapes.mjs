import { maybe, pause, write, writeInChunks } from './steps.mjs';

/** @import { Random } from '../chaos/random.mjs' */
/** @import { Save, Step } from './steps.mjs' */
/**
 * @typedef {object} Shape
 * @property {string} name
 * @property {string} key
 * @property {(text: string) => Step[]} first creates the document that exists before the first save
 * @property {(random: Random, save: Save) => Step[]} save
 */

/** @type {readonly Shape[]} */
export const shapes = [
  shape('in place', 'in-place.yaml', (random, { text }, file) =>
    random.chance(0.5)
      ? write(file, text)
      : [
          { do: 'open', path: file, flags: 'r+' },
          // The end of a longer old document still follows.
          { do: 'write', text, leaves: 'whole' },
          { do: 'truncate', length: text.length },
          { do: 'close' },
        ],
  ),
  shape('truncate, pause, write', 'truncate-pause-write.yaml', (random, { text }, file) => [
    { do: 'open', path: file, flags: 'w', leaves: 'empty' },
    pause(random, 'empty'),
    { do: 'write', text },
    { do: 'close' },
  ]),
  shape('two chunks', 'two-chunks.yaml', (random, save, file) => writeInChunks(random, file, save, 2)),
  shape('rename over', 'rename-over.yaml', (_random, { text }, file) => [
    ...write('.tmp', text.slice(0, 8), text.slice(8)),
    { do: 'rename', from: '.tmp', to: file },
  ]),
  shape('backup, rename', 'backup-rename.yaml', (random, { text }, file) => {
    /** @type {Step[]} */
    const backUp = [{ do: 'rename', from: file, to: `${file}~` }, ...maybe(random, pause(random, 'absent'))];
    /** @type {Step[]} */
    const save = random.chance(0.5)
      ? [...backUp, ...write(file, text)]
      : [...write('.new', text), ...backUp, { do: 'rename', from: '.new', to: file }];
    return [...save, { do: 'remove', path: `${file}~` }];
  }),
  {
    name: '..data swap',
    key: 'data-swap',
    first: (text) => [
      ...swapData(0, text),
      { do: 'link', target: '..data/data-swap.yaml', path: 'data-swap.yaml' },
    ],
    save: (_random, { number, text }) => swapData(number, text),
  },
  shape('delete, recreate', 'delete-recreate.yaml', (random, save, file) => [
    { do: 'remove', path: file },
    ...maybe(random, pause(random, 'absent')),
    ...writeInChunks(random, file, save, random.integer(1, 2)),
  ]),
  {
    name: 'symlink retarget',
    key: 'symlink-retarget',
    first: (text) => [
      { do: 'mkdir', path: '.versions' },
      ...write('.versions/0.yaml', text),
      { do: 'link', target: '.versions/0.yaml', path: 'symlink-retarget.yaml' },
    ],
    save: retarget,
  },
  shape('slow copy over it', 'slow-copy.yaml', (random, save, file) =>
    writeInChunks(random, file, save, random.integer(4, 8)),
  ),
];

/**
 * A document. Almost every beginning of it is valid YAML too, with another value than the whole.
 *
 * @param {Random} random
 * @param {number} number
 */
export function textOf(random, number) {
  const lines = random.chance(0.05) ? 2_000 : random.integer(0, 80);
  const middle = Array.from({ length: lines }, (_, line) =>
    random.chance(0.5)
      ? `# ${'x'.repeat(random.integer(0, 60))}\n`
      : `line_${line}: ${random.integer(0, 1e9)}\n`,
  );
  // Most edits do not change the last line.
  const format = random.chance(0.75) ? 'text' : random.pick(['json', 'logfmt']);
  return `pool: ${100_000 + number}\n${middle.join('')}format: ${format}\n`;
}

/**
 * A shape that saves a plain file.
 *
 * @param {string} name
 * @param {string} file
 * @param {(random: Random, save: Save, file: string) => Step[]} save
 * @returns {Shape}
 */
function shape(name, file, save) {
  const key = file.replace('.yaml', '');
  return { name, key, first: (text) => write(file, text), save: (random, what) => save(random, what, file) };
}

/**
 * Swaps the link as the kubelet does.
 *
 * @param {number} number
 * @param {string} text
 * @returns {Step[]}
 */
function swapData(number, text) {
  return [
    { do: 'mkdir', path: `..version_${number}` },
    ...write(`..version_${number}/data-swap.yaml`, text),
    { do: 'link', target: `..version_${number}`, path: '..data_tmp' },
    { do: 'rename', from: '..data_tmp', to: '..data' },
    { do: 'remove', path: `..version_${number - 1}` },
  ];
}

/** @param {Random} random @param {Save} save @returns {Step[]} */
function retarget(random, { number, text }) {
  const file = 'symlink-retarget.yaml';
  const target = `.versions/${number}.yaml`;
  /** @type {Step[]} */
  const point = random.chance(0.5)
    ? [
        { do: 'link', target, path: '.link' },
        { do: 'rename', from: '.link', to: file },
      ]
    : [
        { do: 'remove', path: file },
        ...maybe(random, pause(random, 'absent')),
        { do: 'link', target, path: file },
      ];
  return [...write(target, text), ...point, { do: 'remove', path: `.versions/${number - 1}.yaml` }];
}
