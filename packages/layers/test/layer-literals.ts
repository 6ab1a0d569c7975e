import * as normkit from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { tensorOf, type Values } from './values.ts';

/** An entry of the literals about a layer, from the test suites of several libraries or recorded from TensorFlow.js's. */
export interface LayerLiteral {
  readonly id: string;
  readonly op?: 'layer.apply';
  readonly layer: string;
  readonly config: {
    readonly axis?: number | readonly number[] | null;
    readonly epsilon?: number;
    readonly groups?: number;
    readonly center?: boolean;
    readonly scale?: boolean;
    readonly affine?: boolean;
    readonly order?: number;
    readonly rms_scaling?: boolean;
    readonly training?: boolean | string;
    readonly momentum_new_weight?: number;
    readonly running_var?: string;
  };
  readonly inputs: Readonly<Record<string, Values | undefined>> & { readonly x: Values };
  readonly weights?: Readonly<Record<string, Values | undefined>>;
  readonly expected: Values | Readonly<Record<string, Values | undefined>>;
  readonly tolerance: { readonly value?: number; readonly atol?: number; readonly rtol?: number };
  readonly loss?: string;
  readonly check?: 'manual';
}

/** Why no layer computes this, where none does. */
export function unfit({ layer, config }: LayerLiteral): string | undefined {
  if (layer === 'LocalResponseNormalization') return 'no layer for local response normalization';
  if (layer !== 'LpNormalize') return undefined;
  if (config.order !== 2) return 'UnitNormalization is of order 2';
  if (config.axis === null) return 'UnitNormalization has no axis: null';
  return config.epsilon === 1e-7 ? undefined : 'UnitNormalization has an epsilon of its own';
}

/** Runs the layer, forward, backward and with its averages, and compares all that is expected. */
export function runLayerLiteral(entry: LayerLiteral): void {
  tf.tidy(() => {
    const layer = layerOf(entry);
    const x = tensorOf(entry.inputs.x);
    const { training = false } = entry.config;
    layer.build(x.shape);
    setWeights(layer, entry);
    if (typeof training === 'string') {
      layer.apply(x, { training: true });
      convertAverages(layer, entry);
    }
    const call = (input: tf.Tensor) => layer.apply(input, { training: training === true }) as tf.Tensor;
    const outputs = new Map<string, tf.Tensor>([['y', call(x)]]);
    if (training === true) {
      convertAverages(layer, entry);
      for (const [name, weight] of averages(layer)) outputs.set(name, weight);
    }
    for (const [name, gradient] of gradients(layer, call, x, entry)) outputs.set(name, gradient);
    compare(entry, outputs);
  });
}

function layerOf({ layer, config, expected, inputs }: LayerLiteral): tf.layers.Layer {
  const { axis = -1, epsilon, groups, center = config.affine, scale = config.affine } = config;
  const args = { epsilon, center, scale };
  const one = axis as number;
  switch (layer) {
    case 'GroupNormalization':
      return normkit.groupNormalization({ ...args, axis: one, groups });
    case 'InstanceNormalization':
      return normkit.instanceNormalization({ ...args, axis: one });
    case 'LayerNormalization':
      return normkit.layerNormalization({ ...args, axis: axis ?? undefined, rmsScaling: config.rms_scaling });
    case 'RMSNormalization':
      return normkit.rmsNormalization({ axis: axis ?? undefined, epsilon });
    case 'LpNormalize':
      return normkit.unitNormalization({ axis: axis ?? undefined });
    case 'BatchNormalization': {
      // Where the statistics of the batch are expected, they are what the averages become at once.
      const momentum = 'batch_mean' in expected ? 0 : 1 - (config.momentum_new_weight ?? 0.01);
      const affine =
        config.training === true ? {} : { center: center ?? !!inputs['beta'], scale: scale ?? !!inputs['gamma'] };
      return normkit.batchNormalization({ ...args, axis: one, momentum, ...(inputs['mean'] ? affine : {}) });
    }
    default:
      throw new Error(`no layer for ${layer}`);
  }
}

const weightInputs: Readonly<Record<string, readonly string[]>> = {
  gamma: ['gamma'],
  scale: ['gamma', 'scale'],
  beta: ['beta'],
  moving_mean: ['moving_mean', 'running_mean0', 'mean'],
  moving_variance: ['moving_variance', 'running_var0', 'variance'],
};

function setWeights(layer: tf.layers.Layer, { inputs, weights = {} }: LayerLiteral): void {
  for (const weight of layer.weights) {
    const [given] = (weightInputs[nameOf(weight)] ?? []).flatMap((name) => weights[name] ?? inputs[name] ?? []);
    if (given) weight.write(tensorOf(given));
  }
}

/** PyTorch and others average the unbiased variance, n / (n − 1) of ours. */
function convertAverages(layer: tf.layers.Layer, { inputs, config }: LayerLiteral): void {
  const before = inputs['running_var0'];
  const variance = layer.weights.find((weight) => nameOf(weight) === 'moving_variance');
  if (!before || !variance || !config.running_var?.startsWith('unbiased')) return;
  const count = tf.util.sizeFromShape([...inputs.x.shape]) / (variance.shape[0] ?? 1);
  const kept = tf.mul(tensorOf(before), 1 - (config.momentum_new_weight ?? 0));
  variance.write(tf.add(kept, tf.mul(tf.sub(variance.read(), kept), count / (count - 1))));
}

function averages(layer: tf.layers.Layer): [string, tf.Tensor][] {
  const named = new Map(layer.weights.map((weight) => [nameOf(weight), tf.clone(weight.read())]));
  const [mean, variance] = [named.get('moving_mean'), named.get('moving_variance')];
  if (!mean || !variance) return [];
  return [
    ['running_mean', mean],
    ['running_var', variance],
    ['batch_mean', mean],
    ['batch_variance', variance],
  ];
}

function gradients(
  layer: tf.layers.Layer,
  call: (x: tf.Tensor) => tf.Tensor,
  x: tf.Tensor,
  { loss, inputs }: LayerLiteral,
): [string, tf.Tensor][] {
  if (loss === undefined && !inputs['dy']) return [];
  const total = (y: tf.Tensor): tf.Scalar => {
    if (inputs['dy']) return tf.sum(tf.mul(y, tensorOf(inputs['dy'])));
    if (loss === 'sum(y)') return tf.sum(y);
    if (loss === 'sum(y^2)') return tf.sum(tf.square(y));
    if (loss === 'mean(exp(y))') return tf.mean(tf.exp(y));
    throw new Error(`an unknown loss: ${loss}`);
  };
  const trainable = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { grads } = tf.variableGrads(() => total(call(x)), trainable);
  return [
    ['dx', tf.grad((input) => total(call(input)))(x)],
    ...layer.trainableWeights.map((weight): [string, tf.Tensor] => [
      nameOf(weight) === 'beta' ? 'dbeta' : 'dgamma',
      grads[weight.name] ?? tf.scalar(Number.NaN),
    ]),
  ];
}

function compare(entry: LayerLiteral, outputs: ReadonlyMap<string, tf.Tensor>): void {
  const { tolerance } = entry;
  const wanted = 'data' in entry.expected ? { y: entry.expected as Values } : entry.expected;
  const expected = Object.entries(wanted as Record<string, Values | undefined>);
  expect(expected.length).toBeGreaterThan(0);
  for (const [name, values] of expected) {
    if (!values) continue;
    const received = outputs.get(name);
    expect(received?.shape, name).toEqual(values.shape);
    const data = received?.dataSync() ?? [];
    // XLA's note: a variance of 0.5 is what two passes in float32 may say of {1e7, 1e7 + 1}; it is 0.25.
    const exact = entry.check === 'manual' && name === 'batch_variance' ? [0.25] : values.data;
    for (const [index, value] of exact.entries()) {
      const allowed = (tolerance.value ?? tolerance.atol ?? 0) + (tolerance.rtol ?? 0) * Math.abs(value);
      expect(Math.abs((data[index] ?? Number.NaN) - value), `${name}[${index}]`).toBeLessThanOrEqual(allowed);
    }
  }
}

function nameOf({ originalName }: tf.LayerVariable): string {
  return originalName.slice(originalName.lastIndexOf('/') + 1);
}
