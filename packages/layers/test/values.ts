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

/** Numbers that are the same in each run: normal, with this deviation about this mean. */
export function numbers(shape: readonly number[], seed: number, deviation = 1, mean = 0): tf.Tensor {
  return tf.randomNormal([...shape], mean, deviation, 'float32', seed);
}

export function valuesOf(tensor: tf.Tensor): number[] {
  return Array.from(tensor.dataSync());
}

/** The value of a layer's weight, by its name without the layer's. */
export function weightOf(layer: tf.layers.Layer, name: string): tf.Tensor {
  const weight = layer.weights.find(({ originalName }) => originalName.split('/').at(-1) === name);
  if (!weight) throw new Error(`${layer.name} has no weight ${name}`);
  return weight.read();
}

/** Mean and population variance along all axes but one. */
export function channelMoments(x: tf.Tensor, axis: number): { mean: number[]; variance: number[] } {
  const channelAxis = (axis + x.rank) % x.rank;
  const others = x.shape.map((_, index) => index).filter((index) => index !== channelAxis);
  const { mean, variance } = tf.moments(x, others);
  return { mean: valuesOf(mean), variance: valuesOf(variance) };
}

/** The layer of a config, with its type. */
export function fromConfig<L extends tf.layers.Layer>(cls: new (...args: never[]) => L, config: object): L {
  const loaded = cls as unknown as tf.serialization.SerializableConstructor<L> & typeof tf.layers.Layer;
  return loaded.fromConfig(loaded, structuredClone(config) as tf.serialization.ConfigDict) as unknown as L;
}
