import * as tf from '@tensorflow/tfjs';

export interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export function tensorOf({ data, shape }: Values): tf.Tensor {
  return tf.tensor([...data], [...shape], 'float32');
}

/** The largest distance between the values of two tensors. NaN where one has it. */
export function distance(received: tf.Tensor, expected: tf.Tensor | Values): number {
  const [a, b] = [received, expected].map((side) =>
    Array.from(side instanceof tf.Tensor ? side.dataSync() : side.data),
  );
  if (a?.length !== b?.length) return Number.NaN;
  return Math.max(0, ...(a ?? []).map((value, index) => Math.abs(value - (b?.[index] ?? Number.NaN))));
}
