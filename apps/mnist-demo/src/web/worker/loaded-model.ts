import type * as tf from '@tensorflow/tfjs';
import { DataError } from '../../data/data-error.ts';
import { isListOf, isRecord, isWhole } from '../../data/forms.ts';
import { stepsOf } from '../../tutorial/settings.ts';
import { bytesOf, isLayout, type Layout, type Values, valuesIn } from '../../tutorial/snapshot.ts';
import type { Checkpoint } from '../../tutorial/trainer.ts';
import type { DataInfo, History, ModelFiles, SavedRun } from '../service.ts';
import { settingsIn } from '../settings/limits.ts';

/*
 * What comes out of a file or of the browser's database may be anything: nothing is taken for what it should be.
 */

/** A run that was saved, and the layers that it was saved with. */
export interface Loaded {
  readonly saved: SavedRun;
  readonly checkpoint: Checkpoint;
  readonly topology: unknown;
}

/** @throws DataError where the file is not one of TensorFlow.js's. */
export function artifactsOfFiles({ json, weights }: ModelFiles): tf.io.ModelArtifacts {
  const model = parsed(json);
  const groups = isRecord(model) ? model['weightsManifest'] : undefined;
  if (!isRecord(model) || !model['modelTopology'] || !isListOf(isRecord, groups)) {
    throw new DataError(
      'Expected the model.json of a model that was saved here; this file has no layers or no weights.',
    );
  }
  const weightSpecs = groups.flatMap((group) => group['weights']) as tf.io.WeightsManifestEntry[];
  return { ...model, weightSpecs, weightData: weights.slice().buffer };
}

/** @throws DataError where the model was not saved by this page, or its weights are cut short or no numbers. */
export function loadedFrom(artifacts: tf.io.ModelArtifacts): Loaded {
  const { userDefinedMetadata: metadata, weightSpecs, weightData, modelTopology: topology } = artifacts;
  const run = isRecord(metadata) ? metadata['normkit'] : undefined;
  const settings = isRecord(run) ? settingsIn(run['settings']) : undefined;
  const steps = isRecord(run) ? run['steps'] : undefined;
  if (!isRecord(run) || !settings || !isWhole(steps)) {
    throw new DataError('Expected a model that this page saved: its settings are missing from the file.');
  }
  if (steps > stepsOf(settings)) {
    throw new DataError(
      `Its settings make ${stepsOf(settings)} steps of training, and it says that ${steps} are done.`,
    );
  }
  const saved = { settings, steps, history: historyIn(run['history'], steps), data: dataIn(run['data']) };
  return { saved, topology, checkpoint: { settings, steps, snapshot: snapshotIn(weightSpecs, weightData) } };
}

function snapshotIn(specs: unknown, data: unknown): Checkpoint['snapshot'] {
  if (!isListOf(isLayout, specs)) throw new DataError('Expected weights of float32, with a name and a shape each.');
  const found = data instanceof ArrayBuffer ? data : new ArrayBuffer(0);
  if (found.byteLength !== bytesOf(specs)) {
    throw new DataError(`The weights of this model take ${bytesOf(specs)} bytes; the file has ${found.byteLength}.`);
  }
  const values = valuesIn(found, specs);
  for (const [index, each] of values.entries()) requireNumbers(each, index);
  const isOptimizer = (index: number) => (specs[index] as Layout & { group?: unknown }).group === 'optimizer';
  return {
    weights: values.filter((_, index) => !isOptimizer(index)),
    optimizer: values.filter((_, index) => isOptimizer(index)),
  };
}

function requireNumbers({ data }: Values, index: number): void {
  const wrong = data.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return;
  throw new DataError(
    `Expected finite numbers, found ${data[wrong]} in the weights (of tensor ${index}, at place ${wrong}).`,
  );
}

/** As far as there is one: charts show it, and nothing depends on it. */
function historyIn(history: unknown, steps: number): History {
  const numbers = (name: keyof History) => {
    const values = isRecord(history) ? history[name] : undefined;
    if (!Array.isArray(values)) return [];
    return values.slice(0, steps).map((value: unknown) => (typeof value === 'number' ? value : Number.NaN));
  };
  return { losses: numbers('losses'), accuracies: numbers('accuracies'), milliseconds: numbers('milliseconds') };
}

function dataIn(data: unknown): DataInfo | undefined {
  if (!isRecord(data)) return undefined;
  const { source, train, test } = data;
  const isKnown = source === 'built-in' || source === 'MNIST';
  return isKnown && isWhole(train) && isWhole(test) ? { source, train, test } : undefined;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new DataError('Expected the model.json of a model that was saved here; this file is not JSON.');
  }
}
