import { readTree, weightsOf } from './hdf5-source.ts';
import { decodeText, isJsonObject, parseObject } from './json-text.ts';
import type { JsonObject, KerasModelFile, WeightGroup } from './keras-file.ts';
import { inPlace, KerasFileError } from './keras-file-error.ts';
import { readShards } from './shards.ts';
import type { Zip } from './zip/zip.ts';

const [METADATA, CONFIG] = ['metadata.json', 'config.json'];
const [WEIGHTS, SHARDED, NUMPY] = ['model.weights.h5', 'model.weights.json', 'model.weights.npz'];

/** A `.keras` file: its config, and its weights in one HDF5 file or in shards. */
export async function fromArchive(zip: Zip, maxBytes: number | undefined): Promise<KerasModelFile> {
  if (!zip.has(CONFIG)) throw otherZip(zip);
  const config = await readObject(zip, CONFIG);
  const metadata = zip.has(METADATA) ? await readObject(zip, METADATA) : {};
  const { keras_version: version, compile_config: compileConfig } = { ...config, ...metadata };
  const { compile_config: _, ...model } = config;
  return {
    kind: 'keras',
    kerasVersion: typeof version === 'string' ? version : undefined,
    config: model,
    compileConfig: isJsonObject(compileConfig) ? compileConfig : undefined,
    weights: weightsOfArchive(await archiveTree(zip, maxBytes)),
  };
}

/** A model without a single weight has an empty tree. */
function weightsOfArchive(root: WeightGroup) {
  return root.groups.size === 0 && root.datasets.size === 0 ? ({ layout: 'objects', root } as const) : weightsOf(root);
}

async function archiveTree(zip: Zip, maxBytes: number | undefined): Promise<WeightGroup> {
  if (zip.has(WEIGHTS)) return readTree([{ name: WEIGHTS, bytes: await zip.read(WEIGHTS) }], maxBytes);
  if (zip.has(SHARDED)) {
    const index = await readObject(zip, SHARDED);
    return readTree(
      readShards(SHARDED, index, (name) => zip.read(name)),
      maxBytes,
    );
  }
  if (zip.has(NUMPY)) {
    const detail = 'has its weights as NumPy arrays. Save the model in Python with model.save("model.keras").';
    throw new KerasFileError('unsupported', NUMPY, detail);
  }
  const detail = `expected ${WEIGHTS} or ${SHARDED}. Got ${zip.namesText()}.`;
  throw new KerasFileError('not-keras', 'the zip', `${detail} Save the model again.`);
}

async function readObject(zip: Zip, name: string): Promise<JsonObject> {
  const bytes = await zip.read(name);
  return inPlace(name, () => parseObject(decodeText(bytes)));
}

/** What else people have as zips, by the names of members. */
const others: readonly { readonly has: RegExp; readonly cure: string }[] = [
  {
    has: /saved_model\.pb/,
    cure: 'This is a SavedModel: open it in Python and save it with model.save("model.keras").',
  },
  { has: /data\.pkl/, cure: 'This is a file of PyTorch, which has no model of Keras.' },
  { has: /\.(keras|h5|hdf5)\b/, cure: 'Unpack the zip, and open the file that is in it.' },
  { has: /\/config\.json/, cure: 'Pack the files again without the folder around them.' },
  { has: /^/, cure: 'Check that the file is what Keras saved.' },
];

function otherZip(zip: Zip): KerasFileError {
  const names = zip.namesText();
  const got = `expected the zip of a .keras file, with ${CONFIG} and ${WEIGHTS}. Got ${names}`;
  const cure = others.find(({ has }) => has.test(names))?.cure;
  return new KerasFileError('not-keras', 'the zip', `${got}. ${cure}`);
}
