import * as tf from '@tensorflow/tfjs';

/** What a test trains: a model, and numbers of its shapes. */
export interface Task {
  readonly model: tf.LayersModel;
  readonly x: tf.Tensor;
  readonly y: tf.Tensor;
  readonly loss?: string;
  readonly optimizer?: string | tf.Optimizer;
}

/** The loss after each of a few steps of a task, on the backend that is current. */
export async function lossesOf(make: () => Task, steps = 4): Promise<number[]> {
  const { model, x, y, loss = 'meanSquaredError', optimizer = tf.train.sgd(0.005) } = make();
  for (const [index, weight] of model.weights.entries()) {
    // No backend draws them, so each starts from the same.
    if (/kernel|bias|embeddings|alpha/.test(weight.name))
      weight.write(numbers(weight.shape as number[], index + 11, -0.4, 0.5));
  }
  model.compile({ loss, optimizer });
  const { history } = await model.fit(x, y, { epochs: steps, batchSize: x.shape[0] ?? 1, shuffle: false, verbose: 0 });
  tf.dispose([x, y]);
  model.dispose();
  return (history['loss'] ?? []).map(Number);
}

/** Numbers without order, the same everywhere. */
export function numbers(shape: number[], seed: number, low = -1, high = 1): tf.Tensor {
  let state = seed * 2654435761;
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + ((high - low) * state) / 2 ** 32;
  });
  return tf.tensor(values, shape);
}
