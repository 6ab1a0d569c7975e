import { KerasFileError } from './keras-file-error.ts';

/** What can be opened. HDF5 may begin behind a block of the user's own. */
export type Recognised = { readonly format: 'zip' | 'json' } | { readonly format: 'hdf5'; readonly start: number };

/** Goes by the bytes: Keras 2.2 wrote HDF5 into files named `.keras`. */
export function recognise(bytes: Uint8Array): Recognised {
  const start = hdf5Start(bytes);
  if (start !== undefined) return { format: 'hdf5', start };
  if (startsWith(bytes, [0x50, 0x4b, 3, 4]) || startsWith(bytes, [0x50, 0x4b, 5, 6])) return { format: 'zip' };
  const impostor = impostors.find(({ is }) => is(bytes));
  if (impostor !== undefined) throw notKeras(impostor.what, impostor.cure);
  if (/^\s*\{/.test(beginning(bytes))) return { format: 'json' };
  throw notKeras(`bytes that begin with ${hexText(bytes)}`, 'Check that the file is what Keras saved.');
}

function notKeras(what: string, cure: string): KerasFileError {
  const expected = "expected what Keras saved: .keras (a zip), .h5 (HDF5) or a model's JSON";
  return new KerasFileError('not-keras', 'the first bytes', `${expected}. Got ${what}. ${cure}`);
}

const savedModel = 'Open the model in Python and save it with model.save("model.keras").';

/** What people have instead, most often. `is` sees bytes that are neither a zip nor HDF5. */
const impostors: readonly { is: (bytes: Uint8Array) => boolean; what: string; cure: string }[] = [
  {
    is: (bytes) => bytes.length === 0,
    what: 'an empty file',
    cure: 'Check that the download or the copy went through.',
  },
  {
    is: (bytes) => beginning(bytes).startsWith('version https://git-lfs'),
    what: 'a git-lfs pointer, which stands for a file that was not fetched',
    cure: 'Run `git lfs pull`, or download the file itself.',
  },
  {
    is: (bytes) => startsWith(bytes, [0x1f, 0x8b]),
    what: 'a gzip file',
    cure: 'Unpack it and open what is inside.',
  },
  {
    is: (bytes) => startsWith(bytes, [0x80]) && (bytes[1] ?? 0) <= 5,
    what: 'a pickle of Python',
    cure: 'Open it in Python and save the model with model.save("model.keras").',
  },
  { is: (bytes) => startsWith(bytes, [8, 1, 0x12]), what: 'the saved_model.pb of a SavedModel', cure: savedModel },
  {
    is: (bytes) => beginning(bytes).slice(4, 8) === 'TFL3',
    what: 'a TensorFlow Lite model',
    cure: 'Open the model that it was made of.',
  },
  {
    is: (bytes) => /^\{"/.test(beginning(bytes).slice(8)) && startsWith(bytes.subarray(6), [0, 0]),
    what: 'a safetensors file, which has weights and no model',
    cure: 'Open the .keras or .h5 file.',
  },
  {
    is: (bytes) => /^\s*</.test(beginning(bytes)),
    what: 'an HTML or XML page, as servers send in place of a file that they do not have',
    cure: 'Check the address; of a file on GitHub take the raw one.',
  },
];

const hdf5Signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** HDF5 begins at 0, or at 512, 1024, 2048, … */
function hdf5Start(bytes: Uint8Array): number | undefined {
  for (let at = 0; at < bytes.length; at = at === 0 ? 512 : at * 2) {
    if (startsWith(bytes.subarray(at, at + 8), hdf5Signature)) return at;
  }
  return undefined;
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

/** The first bytes as text, one letter each, without a byte order mark. */
function beginning(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 64)).replace(/^\u00ef\u00bb\u00bf/, '');
}

function hexText(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
