import type * as tf from '@tensorflow/tfjs';
import { DataError } from '../../data/data-error.ts';
import { isListOf, isRecord } from '../../data/forms.ts';

/**
 * A model is built from its settings; the layers in its file must be the same, or else the file is of another model.
 *
 * @throws DataError that names the layer.
 */
export function requireLayers(model: tf.Sequential, topology: unknown): void {
  // As it was written: through JSON.
  const expected = layersIn(JSON.parse(JSON.stringify(model.toJSON(undefined, false)))) ?? [];
  const found = layersIn(topology);
  if (found?.length !== expected.length) {
    throw new DataError(
      `Its settings make a model of ${expected.length} layers, the file has ${found?.length ?? 'none'}.`,
    );
  }
  for (const [index, layer] of expected.entries()) requireLayer(index, layer, found[index]);
}

interface LayerConfig {
  readonly class_name: unknown;
  readonly config: Readonly<Record<string, unknown>>;
}

function layersIn(topology: unknown): readonly LayerConfig[] | undefined {
  if (!isRecord(topology) || topology['class_name'] !== 'Sequential' || !isRecord(topology['config'])) return undefined;
  const { layers } = topology['config'];
  return isListOf(isLayer, layers) ? layers : undefined;
}

function isLayer(found: unknown): found is LayerConfig {
  return isRecord(found) && isRecord(found['config']);
}

function requireLayer(index: number, expected: LayerConfig, found: LayerConfig | undefined): void {
  const layer = `Layer ${index + 1} of the file`;
  if (!found || found.class_name !== expected.class_name) {
    throw new DataError(`${layer} is not the ${expected.class_name} that its settings make.`);
  }
  const wrong = Object.keys(found.config)
    .filter(isLasting)
    .find((key) => !isSame(expected.config[key], found.config[key]));
  if (wrong !== undefined) {
    throw new DataError(
      `${layer} is not the ${expected.class_name} that its settings make: it has another ${wrong.slice(0, 40)}.`,
    );
  }
}

/** Whether it matters after the first step. Names are numbered by session, and dropout has the seed of its last step. */
function isLasting(key: string): boolean {
  return key !== 'name' && key !== 'seed' && !key.endsWith('_initializer');
}

function isSame(expected: unknown, found: unknown): boolean {
  if (!Array.isArray(expected) || !Array.isArray(found)) return Object.is(expected, found);
  return expected.length === found.length && expected.every((each, index) => isSame(each, found[index]));
}
