import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../data/data-error.ts';
import type { Values } from '../../tutorial/snapshot.ts';
import type { Checkpoint, Trainer } from '../../tutorial/trainer.ts';
import type { DataInfo, History, Kept, ModelFiles, SavedRun } from '../service.ts';
import { isSettings } from '../settings/limits.ts';

const WEIGHTS_FILE = 'weights.bin';

/** What `tf.loadLayersModel` does not need, and going on with the training does. */
interface Metadata {
  readonly normkit: SavedRun;
}

/** The model with its optimizer, in TensorFlow.js's own format. */
export async function artifactsOf(trainer: Trainer, kept: Kept): Promise<tf.io.ModelArtifacts> {
  const metadata: Metadata = { normkit: { settings: trainer.settings, steps: trainer.steps, ...kept } };
  trainer.model.setUserDefinedMetadata(metadata);
  return new Promise((resolve, reject) => {
    const handler = tf.io.withSaveHandler(async (artifacts) => {
      resolve(artifacts);
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    });
    trainer.model.save(handler, { includeOptimizer: true }).catch(reject);
  });
}

export function filesOf({ weightSpecs = [], weightData = [], ...rest }: tf.io.ModelArtifacts): ModelFiles {
  const weightsManifest = [{ paths: [WEIGHTS_FILE], weights: weightSpecs }];
  const json = JSON.stringify({ ...rest, format: 'layers-model', generatedBy: 'normkit', weightsManifest });
  return { json, weights: new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)) };
}

/** @throws DataError where the file is not one of TensorFlow.js's. */
export function artifactsOfFiles({ json, weights }: ModelFiles): tf.io.ModelArtifacts {
  const model = parsed(json) as Partial<tf.io.ModelJSON> | null;
  if (!model?.modelTopology || !Array.isArray(model.weightsManifest)) {
    throw new DataError(
      'Expected the model.json of a model that was saved here; this file has no layers or no weights.',
    );
  }
  const specs = model.weightsManifest.flatMap((group) => group.weights);
  return tf.io.getModelArtifactsForJSONSync(model as tf.io.ModelJSON, specs, weights.slice().buffer);
}

/** @throws DataError where the model was not saved by this page, or its weights are cut short. */
export function savedRunOf(artifacts: tf.io.ModelArtifacts): SavedRun & { readonly checkpoint: Checkpoint } {
  const metadata = artifacts.userDefinedMetadata as Partial<Metadata> | undefined;
  const saved = metadata?.normkit;
  if (!saved || !isSettings(saved.settings) || !Number.isSafeInteger(saved.steps) || saved.steps < 0) {
    throw new DataError('Expected a model that this page saved: its settings are missing from the file.');
  }
  const specs = artifacts.weightSpecs ?? [];
  const data = tf.io.CompositeArrayBuffer.join(artifacts.weightData);
  const values = valuesOf(specs, data);
  const isOptimizer = (index: number) => specs[index]?.group === 'optimizer';
  const snapshot = {
    weights: values.filter((_, index) => !isOptimizer(index)),
    optimizer: values.filter((_, index) => isOptimizer(index)),
  };
  const { settings, steps } = saved;
  const kept = { history: historyOf(saved.history), data: dataOf(saved.data) };
  return { settings, steps, ...kept, checkpoint: { settings, steps, snapshot } };
}

function valuesOf(specs: readonly tf.io.WeightsManifestEntry[], data: ArrayBuffer): Values[] {
  const bytes = 4 * specs.reduce((total, { shape }) => total + tf.util.sizeFromShape(shape), 0);
  if (data.byteLength !== bytes) {
    throw new DataError(`The weights of this model take ${bytes} bytes; the file has ${data.byteLength}.`);
  }
  let offset = 0;
  return specs.map(({ name, shape, dtype }) => {
    if (dtype !== 'float32' && dtype !== 'int32')
      throw new DataError(`Weight ${name}: expected float32, found ${dtype}.`);
    const Numbers = dtype === 'float32' ? Float32Array : Int32Array;
    const size = tf.util.sizeFromShape(shape);
    const values = { name, shape, dtype, data: new Numbers(data, offset, size) };
    offset += 4 * size;
    return values;
  });
}

function historyOf(history: Partial<History> | undefined): History {
  const numbers = (values: unknown) => (Array.isArray(values) ? values.map(Number) : []);
  return {
    losses: numbers(history?.losses),
    accuracies: numbers(history?.accuracies),
    milliseconds: numbers(history?.milliseconds),
  };
}

function dataOf(data: Partial<DataInfo> | undefined): DataInfo | undefined {
  const { source, train, test } = data ?? {};
  const isKnown = source === 'built-in' || source === 'MNIST';
  return isKnown && typeof train === 'number' && typeof test === 'number' ? { source, train, test } : undefined;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new DataError('Expected the model.json of a model that was saved here; this file is not JSON.');
  }
}
