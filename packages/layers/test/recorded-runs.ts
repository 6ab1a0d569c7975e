import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { distance, tensorOf, type Values } from './values.ts';

type Topology = Parameters<typeof tf.models.modelFromJSON>[0];

/** A training run that was recorded while TensorFlow.js's own tests ran. */
export interface TrainingLiteral {
  readonly name: string;
  readonly op: 'training';
  readonly model: Topology;
  readonly compile: {
    readonly loss: string;
    readonly optimizer: string | { readonly name: 'SGD'; readonly learningRate: number };
  };
  readonly fit: { readonly epochs: number; readonly batchSize?: number };
  readonly xs: Values;
  readonly ys: Values;
  /** Of each layer. */
  readonly initialWeights: readonly (readonly Values[])[];
  /** `loss`, and weights after the run as `layers[1].gamma`. */
  readonly expected: Readonly<
    Record<string, Values & { readonly atol?: number; readonly decimals?: readonly number[] }>
  >;
}

/** A prediction that was recorded so. */
export interface PredictionLiteral {
  readonly name: string;
  readonly op: 'model.predict';
  readonly model: Topology;
  readonly weights: readonly Values[];
  readonly inputs: { readonly x: Values };
  readonly expected: Values;
  readonly tolerance: { readonly value: number };
}

/** Trains the model, with our layers in it, as it was trained then; loss and weights must come out the same. */
export async function repeatTraining(entry: TrainingLiteral): Promise<void> {
  const model = await modelOf(entry.model);
  tf.tidy(() => {
    for (const [index, weights] of entry.initialWeights.entries()) {
      model.layers[index]?.setWeights(weights.map(tensorOf));
    }
  });
  const { loss, optimizer } = entry.compile;
  model.compile({ loss, optimizer: typeof optimizer === 'string' ? optimizer : tf.train.sgd(optimizer.learningRate) });
  const [xs, ys] = [tensorOf(entry.xs), tensorOf(entry.ys)];
  const { history } = await model.fit(xs, ys, { ...entry.fit, verbose: 0 });
  const received = (name: string): ArrayLike<number> => {
    if (name === 'loss') return history['loss'] as number[];
    const [, index, weight] = /^layers\[(\d+)\]\.(\w+)$/.exec(name) ?? [];
    const layer = model.layers[Number(index)];
    const found = layer?.weights.find(({ originalName }) => originalName.endsWith(`/${weight}`));
    if (!found) throw new Error(`no weight ${name}`);
    return found.read().dataSync();
  };
  for (const [name, { data, atol, decimals }] of Object.entries(entry.expected)) {
    const values = received(name);
    for (const [index, wanted] of data.entries()) {
      const allowed = atol ?? 0.5 * 10 ** -(decimals?.[index] ?? 3);
      expect(Math.abs((values[index] ?? Number.NaN) - wanted), `${name}[${index}]`).toBeLessThanOrEqual(allowed);
    }
  }
  tf.dispose([xs, ys]);
  model.dispose();
}

export async function repeatPrediction(entry: PredictionLiteral): Promise<void> {
  const model = await modelOf(entry.model);
  tf.tidy(() => {
    model.setWeights(entry.weights.map(tensorOf));
    const y = model.predict(tensorOf(entry.inputs.x)) as tf.Tensor;
    expect(y.shape).toEqual(entry.expected.shape);
    expect(distance(y, entry.expected)).toBeLessThanOrEqual(entry.tolerance.value);
  });
  model.dispose();
}

/** The recorded classes must be ours, or the run would prove nothing. */
async function modelOf(topology: Topology): Promise<tf.LayersModel> {
  const model = await tf.models.modelFromJSON(structuredClone(topology));
  const norms = model.layers.filter((layer) => layer.getClassName().endsWith('Normalization'));
  expect(norms.length).toBeGreaterThan(0);
  for (const layer of norms) expect(layer).toHaveProperty('maskStatistics');
  return model;
}
