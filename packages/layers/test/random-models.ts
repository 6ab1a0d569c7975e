import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { batchNorms } from './models.ts';

const { layers } = tf;

/** Picks one of several; the choices of a model are numbers that fast-check draws and shrinks. */
export type Pick = <T>(from: readonly T[]) => T;

type Make = (pick: Pick, channels: number) => tf.layers.Layer;

const format = (pick: Pick) => pick(['channelsLast', 'channelsFirst'] as const);
const convolution = (pick: Pick) => ({
  kernelSize: pick([1, 2, 3]),
  strides: pick([1, 2]),
  padding: pick(['valid', 'same'] as const),
  useBias: pick([true, false]),
  activation: pick(['linear', 'linear', 'tanh'] as const),
});
const pool = (pick: Pick) => ({ poolSize: 2, strides: pick([1, 2]), padding: pick(['valid', 'same'] as const) });
/** Strides and dilations do not go together. */
const dilated = (pick: Pick) => (pick([true, false]) ? { dilationRate: 2, strides: 1 } : {});

const anyRank: readonly Make[] = [
  () => layers.dropout({ rate: 0.5 }),
  () => layers.gaussianNoise({ stddev: 1 }),
  () => layers.gaussianDropout({ rate: 0.5 }),
  (pick) => layers.activation({ activation: pick(['linear', 'tanh'] as const) }),
  (pick) =>
    layers.dense({ units: pick([2, 3]), useBias: pick([true, false]), activation: pick(['linear', 'tanh'] as const) }),
];

/** By the rank of their input, the batch included. */
const byRank: Readonly<Record<number, readonly Make[]>> = {
  2: [
    (pick) => layers.repeatVector({ n: pick([1, 2]) }),
    (_pick, channels) => layers.reshape({ targetShape: [1, 1, channels] }),
  ],
  3: [
    (pick) => layers.conv1d({ filters: 2, ...convolution(pick), ...dilated(pick) }),
    (pick) => layers.maxPooling1d(pool(pick)),
    (pick) => layers.averagePooling1d(pool(pick)),
    () => layers.globalAveragePooling1d({}),
    () => layers.globalMaxPooling1d({}),
    () => layers.permute({ dims: [2, 1] }),
    () => layers.flatten(),
  ],
  4: [
    (pick) => layers.conv2d({ filters: 2, ...convolution(pick), dataFormat: format(pick), ...dilated(pick) }),
    (pick) => layers.conv2dTranspose({ filters: 2, ...convolution(pick), dataFormat: format(pick) }),
    (pick) => layers.depthwiseConv2d({ ...convolution(pick), depthMultiplier: pick([1, 2]), dataFormat: format(pick) }),
    (pick) => layers.separableConv2d({ filters: 3, ...convolution(pick), depthMultiplier: pick([1, 2]) }),
    (pick) => layers.maxPooling2d({ ...pool(pick), dataFormat: format(pick) } as never),
    (pick) => layers.averagePooling2d({ ...pool(pick), dataFormat: format(pick) } as never),
    (pick) => layers.globalAveragePooling2d({ dataFormat: format(pick) }),
    (pick) => layers.globalMaxPooling2d({ dataFormat: format(pick) }),
    (pick) => layers.zeroPadding2d({ padding: 1, dataFormat: format(pick) }),
    (pick) =>
      layers.cropping2D({
        cropping: [
          [0, 1],
          [1, 0],
        ],
        dataFormat: format(pick),
      } as never),
    (pick) => layers.upSampling2d({ dataFormat: format(pick), interpolation: pick(['nearest', 'bilinear'] as const) }),
    (pick) => layers.flatten({ dataFormat: format(pick) }),
    (pick) =>
      layers.permute({
        dims: pick([
          [3, 1, 2],
          [2, 1, 3],
        ]),
      }),
  ],
  5: [
    (pick) => layers.conv3d({ filters: 2, ...convolution(pick), dataFormat: format(pick) }),
    (pick) => layers.conv3dTranspose({ filters: 2, ...convolution(pick) }),
    (pick) => layers.averagePooling3d(pool(pick) as never),
    (pick) => layers.maxPooling3d(pool(pick) as never),
    () => layers.flatten(),
  ],
};

/** TensorFlow.js's own batch normalization has no rank 5, and is right along the last axis alone. */
function norm(pick: Pick, rank: number): tf.layers.Layer {
  const [[, ours], [, stock]] = batchNorms as [(typeof batchNorms)[0], (typeof batchNorms)[0]];
  const axis = pick([-1, -1, 1]);
  const settings = { epsilon: 0.01, center: pick([true, true, false]), scale: pick([true, true, false]) };
  const make = rank < 5 && (axis === -1 || rank === 2) ? pick([ours, stock]) : ours;
  return make({ ...settings, axis });
}

/** A layer for a tensor of this shape: a batch normalization, any other, either at each step, or a model of two. */
function anyLayer(pick: Pick, shape: tf.Shape): tf.layers.Layer {
  const rank = shape.length;
  const form = pick(['norm', 'norm', 'norm', 'layer', 'layer', 'layer', 'layer', 'steps', 'model']);
  if (form === 'norm') return norm(pick, rank);
  if (form === 'model') return sequence(pick, shape);
  if (form === 'steps' && rank > 2) {
    const [batch = null, , ...sample] = shape;
    return layers.timeDistributed({ layer: anyLayer(pick, [batch, ...sample]) as never });
  }
  const channels = shape.at(-1) ?? 1;
  return pick([...anyRank, ...(byRank[rank] ?? [])])(pick, channels);
}

function sequence(pick: Pick, shape: tf.Shape): tf.Sequential {
  const model = tf.sequential({ layers: [layers.inputLayer({ batchInputShape: shape })] });
  for (let step = 0; step < 2; step += 1) {
    model.add(anyLayer(pick, model.outputs[0]?.shape ?? []));
    checkExtents(model.outputs[0]?.shape ?? []);
  }
  return model;
}

/** A convolution or pooling of too few elements has an output without any. */
function checkExtents(shape: tf.Shape): void {
  if (shape.some((size) => size !== null && size < 1)) throw new Error(`Got shape [${shape}].`);
}

/**
 * A graph in which most layers use the output of the one before, some that of an earlier one or two at once, and some
 * are called again.
 */
function grow(pick: Pick, input: tf.SymbolicTensor, steps: number): tf.SymbolicTensor[] {
  const tensors = [input];
  const made: { layer: tf.layers.Layer; from: tf.SymbolicTensor }[] = [];
  for (let step = 0; step < steps; step += 1) {
    const last = tensors.at(-1) ?? input;
    const from = pick([last, last, last, last, last, last, pick(tensors)]);
    const other = pick(tensors.filter((tensor) => tensor !== from && joins(tensor, from)));
    const again = made.find((call) => call.from !== from && String(call.from.shape) === String(from.shape));
    const join = pick([true, false, false]);
    const repeat = pick([true, false, false, false, false, false, false, false]);
    try {
      const layer = repeat && again ? again.layer : anyLayer(pick, from.shape);
      const next = other && join ? layers.concatenate().apply([from, other]) : layer.apply(from);
      checkExtents((next as tf.SymbolicTensor).shape);
      tensors.push(next as tf.SymbolicTensor);
      made.push({ layer, from });
    } catch {
      // Some layers are not for some shapes.
    }
  }
  return tensors;
}

function joins({ shape }: tf.SymbolicTensor, { shape: other }: tf.SymbolicTensor): boolean {
  return shape.length === other.length && String(shape.slice(0, -1)) === String(other.slice(0, -1));
}

/** The outputs are what no layer uses, mostly through one more layer, and some of what others do use. */
function outputsOf(pick: Pick, [input, ...tensors]: tf.SymbolicTensor[]): tf.SymbolicTensor[] {
  const used = new Set(tensors.flatMap(({ inputs }) => inputs));
  const last = (tensor: tf.SymbolicTensor) => layers.dense({ units: 2 }).apply(tensor) as tf.SymbolicTensor;
  const outputs = tensors.flatMap((tensor) => {
    if (!used.has(tensor)) return [pick([last(tensor), last(tensor), tensor])];
    return pick([[], [], [], [], [], [], [], [tensor]]);
  });
  return outputs.length > 0 ? outputs : [last(input as tf.SymbolicTensor)];
}

export interface Choices {
  readonly shape: number[];
  readonly steps: number;
  readonly numbers: readonly number[];
}

export const choices: fc.Arbitrary<Choices> = fc.record({
  shape: fc.constantFrom([3], [4, 3], [4, 5, 3], [2, 3, 4, 2]),
  steps: fc.integer({ min: 2, max: 10 }),
  // Small numbers would make the first of each list likelier than the others.
  numbers: fc.noBias(fc.array(fc.nat({ max: 719 }), { minLength: 100, maxLength: 100 })),
});

export function randomModel({ shape, steps, numbers }: Choices): tf.LayersModel {
  let next = 0;
  const pick: Pick = (from) => {
    const number = numbers[next % numbers.length] ?? 0;
    next += 1;
    return from[number % from.length] as (typeof from)[number];
  };
  const input = tf.input({ shape });
  return tf.model({ inputs: input, outputs: outputsOf(pick, grow(pick, input, steps)) });
}
