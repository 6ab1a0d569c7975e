import { listText } from '@normkit/core/errors';
import { parseObject } from './json-text.ts';
import type { JsonObject, KerasModelFile, KerasWeights, KerasWeightsFile, WeightGroup } from './keras-file.ts';
import { inPlace, KerasFileError, nameText } from './keras-file-error.ts';
import { recognise } from './recognise.ts';
import type { Unfolding } from './unfolding.ts';
import { addTo, emptyTree } from './weight-tree.ts';

/** A part of the weights: the bytes of an HDF5 file, and its name for messages. */
export interface Hdf5Part {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The tree of one HDF5 file, or of a model's shards together. */
export async function readTree(
  parts: AsyncIterable<Hdf5Part> | readonly Hdf5Part[],
  maxBytes: number | undefined,
): Promise<WeightGroup> {
  const { openHdf5 } = await import('./hdf5/hdf5.ts');
  const unfolding: Unfolding = { maxBytes, packed: 0, unfolded: 0 };
  const tree = emptyTree();
  for await (const { name, bytes } of parts) {
    const file = inPlace(name, () => openHdf5(bytes.subarray(hdf5Start(bytes))));
    unfolding.packed += bytes.length;
    addTo(tree, { name, file, size: bytes.length }, unfolding);
  }
  return tree;
}

function hdf5Start(bytes: Uint8Array): number {
  const recognised = recognise(bytes);
  if (recognised.format === 'hdf5') return recognised.start;
  throw new KerasFileError('not-keras', 'the first bytes', `expected HDF5. Got ${recognised.format}.`);
}

/** A whole model or bare weights, by what is on the root of the file. */
export function fromHdf5(tree: WeightGroup): KerasModelFile | KerasWeightsFile {
  const text = tree.attributes.get('model_config');
  if (text === undefined) return { kind: 'weights', kerasVersion: versionOf(tree), weights: weightsOf(tree) };
  const root = tree.groups.get('model_weights');
  if (root === undefined) throw notKeras(tree, "a group 'model_weights' beside the attribute 'model_config'");
  return {
    kind: 'h5',
    kerasVersion: versionOf(tree) ?? versionOf(root),
    config: inPlace("attribute 'model_config'", () => parseObject(textOf(text))),
    compileConfig: compileConfigOf(tree.attributes.get('training_config')),
    weights: weightsOf(root),
  };
}

/** The layout of groups: layers by name, or objects, whose arrays are in groups called `vars`. */
export function weightsOf(root: WeightGroup): KerasWeights {
  if (root.attributes.has('layer_names')) return { layout: 'layers', root };
  if (hasVars(root)) return { layout: 'objects', root };
  throw notKeras(root, "the attribute 'layer_names', or groups called 'vars'");
}

function hasVars(group: WeightGroup): boolean {
  return group.groups.has('vars') || [...group.groups.values()].some(hasVars);
}

function notKeras(root: WeightGroup, expected: string): KerasFileError {
  const names = [...root.groups.keys(), ...root.datasets.keys()];
  const shown = names.slice(0, 8).map((name) => `'${nameText(name)}'`);
  if (names.length > 8) shown.push(`${names.length - 8} more`);
  const got = names.length === 0 ? 'nothing' : listText(shown, 'and');
  const detail = `expected ${expected}. Got ${got}: this HDF5 file was not saved by Keras.`;
  return new KerasFileError('not-keras', root.path === '' ? 'the root' : nameText(root.path), detail);
}

function versionOf(group: WeightGroup): string | undefined {
  const version = group.attributes.get('keras_version');
  return typeof version === 'string' ? version : undefined;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new KerasFileError('damaged', 'its value', 'expected a text.');
}

/** A file whose training cannot be read has a model all the same. */
function compileConfigOf(text: unknown): JsonObject | undefined {
  try {
    return typeof text === 'string' ? parseObject(text) : undefined;
  } catch (error) {
    if (error instanceof KerasFileError) return undefined;
    throw error;
  }
}
