import { NormkitError } from '@normkit/core';
import { checkOptions, checkStatistic, inspectStatistic, trustStatistic } from '@normkit/core/checks';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable, layers } from '@tensorflow/tfjs-layers';
import { observeCalls } from '../calls/observe-calls.ts';
import { addMoments, noMoments, type RunningMoments } from '../statistics/running-moments.ts';
import { type BatchNormFields, isBatchNorm } from '../weights/batch-norm-fields.ts';
import { callMoments, type Pass } from './call-moments.ts';
import { type BatchSource, batchesOf } from './model-batches.ts';
import { layersIn } from './model-layers.ts';

const op = 'recomputeMovingStatistics';

export interface RecomputeProgress {
  /** The layer whose statistics this pass over the data is for, by its path. */
  readonly layer: string;
  /** Passes are counted from 1. There is one for each batch normalization. */
  readonly pass: number;
  readonly passes: number;
  /** How many batches and samples of this pass are done. */
  readonly batches: number;
  readonly samples: number;
}

export interface RecomputeOptions {
  /** Is told after each batch. */
  readonly onProgress?: ((progress: RecomputeProgress) => void) | undefined;
  /** An AbortSignal: where it is aborted, the promise is rejected with its reason, and the model is what it was. */
  readonly signal?: { readonly aborted: boolean; readonly reason?: unknown } | undefined;
}

export interface RecomputedStatistics {
  /** The layers whose statistics were computed, by their paths, in the order in which the model calls them. */
  readonly layers: readonly string[];
  readonly samples: number;
}

/**
 * Sets the moving mean and variance of every batch normalization of a model, also of frozen ones, to the mean and
 * population variance of its input at inference, over all samples, as if they were one batch. Use it after training
 * with small batches, after averaging weights, or for the data of another domain. How the samples are divided into
 * batches does not matter. Nothing else of the model changes.
 *
 * A layer's input depends on the statistics of the layers before, so there is one pass over the data for each layer,
 * which ends where the next one begins. A layer that is called several times gets the statistics of all its calls.
 *
 * @param dataset A `tf.data.Dataset`, or an array of batches: a tensor, several for a model with several inputs, or
 * `{ xs, ys }` as for `model.fitDataset`. What a Dataset yields is disposed; tensors in an array stay the caller's.
 * @throws NormkitError where there are no batch normalizations or no samples, and where a pass has other samples than
 * the first. Whatever is thrown, the statistics are what they were.
 * @see Wu and Johnson 2021, arXiv:2105.07576, section 3.
 */
export async function recomputeMovingStatistics(
  model: LayersModel,
  dataset: BatchSource,
  options: RecomputeOptions = {},
): Promise<RecomputedStatistics> {
  checkOptions(op, options, ['onProgress', 'signal']);
  stopIfAborted(options.signal);
  const paths = new Map(layersIn(op, model).map(({ layer, path }) => [layer, path]));
  const norms = [...paths.keys()].filter(isBatchNorm);
  const saved = norms
    .flatMap((norm) => [norm.movingMean, norm.movingVariance])
    .map((variable) => {
      return { variable, value: tf.clone(variable.read()) };
    });
  let order: readonly Pass[] = [];
  const name = ({ norm }: Pass) => paths.get(norm) ?? norm.name;
  let samples = 0;
  try {
    for (let index = 0; index === 0 || index < order.length; index += 1) {
      const passFor = (inputs: tf.Tensor[]): Pass => {
        if (order.length === 0) order = passesOf(model, norms, inputs);
        return order[index] as Pass;
      };
      const seen = await runPass(model, dataset, passFor, options.signal, (pass, done) => {
        options.onProgress?.({ layer: name(pass), pass: index + 1, passes: order.length, ...done });
      });
      if (order.length === 0)
        throw new NormkitError(op, 'dataset', 'there must be samples. Got a dataset without a batch.');
      if (index > 0 && seen !== samples) throw otherSamples(samples, seen, index + 1);
      samples = seen;
    }
    return { layers: order.map(name), samples };
  } catch (error) {
    for (const { variable, value } of saved) {
      // The old value comes back even if it was NaN.
      trustStatistic(value);
      variable.write(value);
    }
    throw error;
  } finally {
    tf.dispose(saved.map(({ value }) => value));
  }
}

/** The layers in the order of their first calls, as one batch shows it. */
function passesOf(model: LayersModel, norms: readonly BatchNormFields[], inputs: tf.Tensor[]): Pass[] {
  const calls: layers.Layer[] = [];
  observeCalls(
    norms,
    (layer) => calls.push(layer),
    () => tf.dispose(model.predictOnBatch(inputs)),
  );
  const order = norms.filter((norm) => calls.includes(norm)).sort((a, b) => calls.indexOf(a) - calls.indexOf(b));
  if (order.length === 0) {
    throw new NormkitError(
      op,
      'model',
      'the model has no BatchNormalization layer that it calls; there is nothing to compute.',
    );
  }
  return order.map((norm, index) => {
    const next = order[index + 1];
    return { norm, end: next && calls.indexOf(next) > calls.lastIndexOf(norm) ? next : undefined };
  });
}

/** Computes the statistics of one layer and sets them. Returns how many samples there were. */
async function runPass(
  model: LayersModel,
  dataset: BatchSource,
  passFor: (inputs: tf.Tensor[]) => Pass,
  signal: RecomputeOptions['signal'],
  report: (pass: Pass, done: { batches: number; samples: number }) => void,
): Promise<number> {
  let [batches, samples] = [0, 0];
  let pass: Pass | undefined;
  let moments = noMoments(0);
  for await (const inputs of batchesOf(op, model, dataset)) {
    if (!pass) {
      pass = passFor(inputs);
      moments = noMoments(pass.norm.movingMean.shape[0] ?? 0);
    }
    for (const { mean, variance, count } of callMoments(model, inputs, pass)) {
      const values = await Promise.all([mean.data(), variance.data(), count.data()]);
      tf.dispose([mean, variance, count]);
      moments = addMoments(moments, { mean: values[0], variance: values[1], count: values[2][0] ?? 0 });
    }
    batches += 1;
    samples += inputs[0]?.shape[0] ?? 0;
    report(pass, { batches, samples });
    await tf.nextFrame();
    stopIfAborted(signal);
  }
  if (pass) setStatistics(pass.norm, moments);
  return samples;
}

/** Leaves the statistics as they are where a mask left no value at all. */
function setStatistics(norm: BatchNormFields, { count, mean, squares }: RunningMoments): void {
  if (count === 0) return;
  tf.tidy(() => {
    const variance = squares.map((value) => value / count);
    const set = (kind: 'mean' | 'variance', values: Float64Array, weight: LayerVariable) => {
      const statistic = tf.tensor1d(Float32Array.from(values));
      inspectStatistic(statistic);
      checkStatistic(op, 'dataset', kind, statistic, `the ${kind} of what ${norm.name} sees`);
      weight.write(statistic);
    };
    set('mean', mean, norm.movingMean);
    set('variance', variance, norm.movingVariance);
  });
}

function stopIfAborted(signal: RecomputeOptions['signal']): void {
  if (signal?.aborted) throw signal.reason ?? new NormkitError(op, 'signal', 'the computation was aborted.');
}

function otherSamples(first: number, seen: number, pass: number): NormkitError {
  return new NormkitError(
    op,
    'dataset',
    `each pass must have the same samples. Got ${first} in the first and ${seen} in pass ${pass}; give an array of batches, or a Dataset that starts anew each time.`,
  );
}
