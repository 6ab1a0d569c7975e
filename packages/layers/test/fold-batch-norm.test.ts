import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  accelerate,
  BatchNormalization,
  batchNormalization,
  FrozenBatchNormalization,
  foldBatchNorm,
  NormkitError,
} from '../src/index.ts';
import { batchNorms, largestDifference, randomizeWeights } from './models.ts';

beforeAll(() => tf.setBackend('cpu'));

const { layers } = tf;
type Make = () => tf.layers.Layer;

/** [what is folded into, input shape without the batch, the layer before] */
const targets: [string, number[], Make][] = [
  ['Dense', [5], () => layers.dense({ units: 3 })],
  ['Dense of a sequence', [7, 5], () => layers.dense({ units: 3, useBias: false })],
  ['Conv1D', [11, 2], () => layers.conv1d({ filters: 3, kernelSize: 5 })],
  ['Conv2D', [7, 5, 2], () => layers.conv2d({ filters: 3, kernelSize: [3, 2], strides: 2, padding: 'same' })],
  ['Conv2D without bias', [7, 5, 2], () => layers.conv2d({ filters: 3, kernelSize: 3, useBias: false })],
  ['Conv3D', [5, 3, 7, 2], () => layers.conv3d({ filters: 3, kernelSize: 2 })],
  ['Conv2DTranspose', [5, 3, 2], () => layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2 })],
  ['Conv3DTranspose', [3, 2, 5, 2], () => layers.conv3dTranspose({ filters: 3, kernelSize: 2 })],
  ['DepthwiseConv2D', [7, 5, 3], () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 })],
  ['SeparableConv2D', [7, 5, 3], () => layers.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2 })],
];

/** Those within models and TimeDistributed layers, too. */
function layersOf(model: tf.LayersModel): tf.layers.Layer[] {
  return model.layers.map((layer) => (layer as unknown as { layer?: tf.layers.Layer }).layer ?? layer);
}

function expectSameOutputs(model: tf.LayersModel, folded: tf.LayersModel, x: tf.Tensor): void {
  const [expected = [], received = []] = [model, folded].map((net) => [net.predict(x) as tf.Tensor].flat());
  expect(received).toHaveLength(expected.length);
  for (const [index, output] of expected.entries()) {
    expect(largestDifference(received[index] as tf.Tensor, output)).toBeLessThan(1e-5);
  }
}

function predictions(model: tf.LayersModel, folded: tf.LayersModel): [tf.Tensor, tf.Tensor] {
  const [, ...shape] = model.inputs[0]?.shape ?? [];
  const x = tf.randomNormal([2, ...(shape as number[])], 1, 2, 'float32', 5);
  return [model.predict(x) as tf.Tensor, folded.predict(x) as tf.Tensor];
}

describe('foldBatchNorm of a stock batch norm that is not along the last axis', () => {
  it('gives the output that is right, which that of the model is not', () => {
    const model = tf.sequential({
      layers: [
        layers.conv2d({ inputShape: [2, 7, 5], filters: 3, kernelSize: 3, dataFormat: 'channelsFirst' }),
        layers.batchNormalization({ axis: 1 }),
      ],
    });
    randomizeWeights(model, 7);
    const [stock, folded] = predictions(model, foldBatchNorm(model).model);
    accelerate(model);
    const [right] = predictions(model, model);
    expect(largestDifference(folded, right)).toBeLessThan(1e-4);
    expect(largestDifference(stock, right)).toBeGreaterThan(0.1);
  });
});

describe.each(batchNorms)('foldBatchNorm of %s', (whose, norm) => {
  // TensorFlow.js's own batch norm has no rank 5.
  const covered = targets.filter(([, { length }]) => whose === 'ours' || length < 4);

  it.each(covered)('into %s gives the same output', (_name, inputShape, before) => {
    const model = tf.sequential({
      layers: [
        layers.inputLayer({ inputShape }),
        before(),
        norm({ epsilon: 0.01 }),
        layers.activation({ activation: 'tanh' }),
      ],
    });
    randomizeWeights(model, 3);
    const { model: folded, folded: list, left } = foldBatchNorm(model);
    expect(list).toHaveLength(1);
    expect(left).toEqual([]);
    expect(folded.layers).toHaveLength(3);
    const [expected, received] = predictions(model, folded);
    expect(largestDifference(received, expected)).toBeLessThan(1e-5);
  });

  it.each([
    [true, false],
    [false, true],
    [false, false],
  ])('with center %s and scale %s', (center, scale) => {
    const model = tf.sequential({ layers: [layers.dense({ units: 3, inputShape: [5] }), norm({ center, scale })] });
    randomizeWeights(model, 7);
    const { model: folded } = foldBatchNorm(model);
    const [expected, received] = predictions(model, folded);
    expect(folded.layers.map((layer) => layer.getClassName())).toEqual(['Dense']);
    expect(largestDifference(received, expected)).toBeLessThan(1e-5);
  });
});

describe('foldBatchNorm', () => {
  const named = (name: string) => batchNormalization({ name });
  const dense = (name: string, args = {}) => layers.dense({ units: 4, name, ...args });

  it('folds in graphs and in models within models, and leaves the model as it was', () => {
    const inner = tf.sequential({
      name: 'inner',
      layers: [dense('d', { inputShape: [4] }), named('n'), layers.reLU()],
    });
    const x = tf.input({ shape: [4] });
    const a = named('bn').apply(dense('a').apply(x)) as tf.SymbolicTensor;
    const b = inner.apply(a) as tf.SymbolicTensor;
    const c = named('last').apply(dense('c').apply(layers.add().apply([a, b]))) as tf.SymbolicTensor;
    const model = tf.model({ inputs: x, outputs: [c, b] });
    randomizeWeights(model, 11);
    const before = JSON.stringify(model.toJSON(null, false));
    const { model: folded, folded: list, left } = foldBatchNorm(model);
    expect(list).toEqual([
      { batchNorm: 'bn', into: 'a' },
      { batchNorm: 'inner/n', into: 'inner/d' },
      { batchNorm: 'last', into: 'c' },
    ]);
    expect(left).toEqual([]);
    expect(JSON.stringify(model.toJSON(null, false))).toBe(before);
    const input = tf.randomNormal([3, 4], 0, 1, 'float32', 1);
    const [expected, received] = [model, folded].map((net) => net.predict(input) as tf.Tensor[]);
    for (const index of [0, 1]) {
      expect(largestDifference(received?.[index] as tf.Tensor, expected?.[index] as tf.Tensor)).toBeLessThan(1e-5);
    }
    expect(folded.layers.map(({ name }) => name)).not.toContain('bn');
  });

  it('folds two in a row, and past a constraint, which would undo it', () => {
    const model = tf.sequential({
      layers: [dense('d', { inputShape: [4], kernelConstraint: 'nonNeg' }), named('one'), named('two')],
    });
    randomizeWeights(model, 13);
    model.getLayer('one').setWeights(
      model
        .getLayer('one')
        .getWeights()
        .map((weight, index) => (index === 0 ? weight.neg() : weight)),
    );
    const { model: folded, folded: list } = foldBatchNorm(model);
    expect(list).toEqual([
      { batchNorm: 'one', into: 'd' },
      { batchNorm: 'two', into: 'd' },
    ]);
    const [expected, received] = predictions(model, folded);
    expect(largestDifference(received, expected)).toBeLessThan(1e-5);
  });

  it('fuses what cannot be folded into one multiply and add, says why, and the output stays', () => {
    const x = tf.input({ shape: [4], name: 'x' });
    const chain = (...list: tf.layers.Layer[]) =>
      list.reduce((tensor, layer) => layer.apply(tensor) as tf.SymbolicTensor, x);
    const shared = named('shared');
    const used = dense('used').apply(x) as tf.SymbolicTensor;
    const twice = dense('twice');
    const early = chain(named('doubled'));
    const outputs = [
      chain(named('first')),
      chain(dense('relu', { activation: 'relu' }), named('activated'), layers.reLU({ name: 'then' })),
      shared.apply(shared.apply(dense('x1').apply(x))) as tf.SymbolicTensor,
      layers.add({ name: 'add' }).apply([used, named('of_used').apply(used) as tf.SymbolicTensor]) as tf.SymbolicTensor,
      named('of_twice').apply(twice.apply(twice.apply(x))) as tf.SymbolicTensor,
      dense('y').apply(layers.concatenate({ name: 'join' }).apply([x, early])) as tf.SymbolicTensor,
      chain(
        layers.reshape({ targetShape: [4, 1] }),
        layers.conv1d({ filters: 2, kernelSize: 1, name: 'conv' }),
        batchNormalization({ axis: 1, name: 'time' }),
      ),
      chain(layers.repeatVector({ n: 3 }), layers.timeDistributed({ layer: named('inner'), name: 'steps' })),
    ];
    const model = tf.model({ inputs: x, outputs });
    randomizeWeights(model, 17);
    const { model: copy, folded, fused, left } = foldBatchNorm(model);
    expect([folded, left]).toEqual([[], []]);
    expect(Object.fromEntries(fused.map(({ batchNorm, why }) => [batchNorm, why]))).toEqual({
      first:
        'x (InputLayer), before it, is not a convolution or dense layer; the output of first is an output of the model.',
      activated: 'the activation relu of relu is between; then (ReLU), behind it, is not a convolution or dense layer.',
      shared: 'it is shared: it is called 2 times.',
      of_used:
        'the output of used is used 2 times, and the other uses need it as it is; add (Add), behind it, is not a convolution or dense layer.',
      of_twice: 'twice, before it, is shared: it is called 2 times; the output of of_twice is an output of the model.',
      doubled:
        'x (InputLayer), before it, is not a convolution or dense layer; join (Concatenate), behind it, would have its input x twice.',
      time: 'its axis 1 is not that of the channels of conv; the output of time is an output of the model.',
      'steps/inner':
        'x (InputLayer), before it, is not a convolution or dense layer; the output of steps is an output of the model.',
    });
    expectSameOutputs(model, copy, tf.randomNormal([3, 4], 0, 1, 'float32', 1));
    const frozen = layersOf(copy).filter((layer) => layer instanceof FrozenBatchNormalization);
    expect(frozen.map(({ name }) => name)).toEqual(fused.map(({ batchNorm }) => batchNorm.replace('steps/', '')));
    expect(layersOf(copy).some((layer) => layer instanceof BatchNormalization)).toBe(false);
  });

  it('leaves such ones where fuse is false, and always those that use the statistics of the batch or are in other layers', () => {
    class Around extends layers.Layer {
      static className = 'Around';
      readonly inside = named('inside');
      override call(x: tf.Tensor | tf.Tensor[]) {
        return x;
      }
    }
    tf.serialization.registerClass(Around);
    const x = tf.input({ shape: [4], name: 'x' });
    const around = new Around({ name: 'around' });
    around.inside.build([null, 4]);
    const inner = tf.sequential({ name: 'in_training', layers: [dense('d', { inputShape: [4] }), named('n')] });
    const outputs = [
      named('first').apply(x),
      batchNormalization({ name: 'batch', batchStatisticsAtInference: true }).apply(dense('x2').apply(x)),
      named('called').apply(dense('x3').apply(x), { training: true }),
      inner.apply(x, { training: true }),
      around.apply(x),
    ] as tf.SymbolicTensor[];
    const model = tf.model({ inputs: x, outputs });
    const { folded, fused, left } = foldBatchNorm(model, { fuse: false });
    expect([folded, fused]).toEqual([[], []]);
    const statistics = 'it normalizes with the statistics of the batch at inference too.';
    expect(Object.fromEntries(left.map(({ layer, why }) => [layer, why]))).toEqual({
      first:
        'x (InputLayer), before it, is not a convolution or dense layer; the output of first is an output of the model.',
      batch: statistics,
      called: statistics,
      'in_training/n': statistics,
      'around/inside': 'it is within around (Around), and only models and TimeDistributed are looked into.',
    });
    expect(foldBatchNorm(model).left).toHaveLength(4);
  });

  it.each([-0.01, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a moving variance of %s by layer and channel',
    (value) => {
      const model = tf.sequential({ layers: [dense('d', { inputShape: [4] }), named('norm')] });
      const before = tf.memory().numTensors;
      const norm = model.getLayer('norm') as BatchNormalization;
      norm.movingVariance?.write(tf.tensor1d([1, 1, value, 1]));
      expect(() => foldBatchNorm(model)).toThrow(
        new RegExp(
          `^\\[normkit\\] foldBatchNorm: the moving variance .* Got ${Math.fround(value)} in channel 2 of norm;`,
        ),
      );
      expect(() => foldBatchNorm(model)).toThrow(NormkitError);
      expect(tf.memory().numTensors).toBe(before + 1);
    },
  );

  it('computes scales in double precision, with epsilon too', () => {
    const model = tf.sequential({
      layers: [
        dense('d', { units: 100, inputShape: [1], useBias: false, kernelInitializer: 'ones' }),
        batchNormalization({ epsilon: 1e-3, name: 'norm' }),
      ],
    });
    const variance = Float32Array.from({ length: 100 }, (_, index) => 1 + index / 97);
    (model.getLayer('norm') as BatchNormalization).movingVariance?.write(tf.tensor1d(variance));
    const [kernel] = foldBatchNorm(model).model.getWeights();
    // Computed in float32, 42 of them would be off by a unit in the last place.
    expect(kernel?.dataSync()).toEqual(variance.map((value) => 1 / Math.sqrt(value + 1e-3)));
  });

  it('makes no tensors but the weights of the new model', () => {
    const model = tf.sequential({ layers: [dense('d', { inputShape: [4], useBias: false }), named('n'), dense('e')] });
    const before = tf.memory().numTensors;
    const { model: folded } = foldBatchNorm(model);
    expect(tf.memory().numTensors).toBe(before + 4);
    folded.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a model of which TensorFlow.js would load another one: it reads the calls of a shared layer in another order', async () => {
    const x = tf.input({ shape: [4] });
    const shared = dense('shared');
    const once = shared.apply(x) as tf.SymbolicTensor;
    const outputs = [shared.apply(dense('between').apply(once)), shared.apply(once)] as tf.SymbolicTensor[];
    const model = tf.model({ inputs: x, outputs: layers.concatenate().apply(outputs) as tf.SymbolicTensor });
    const input = tf.randomNormal([2, 4], 0, 1, 'float32', 3);
    const copy = await tf.models.modelFromJSON(model.toJSON(null, false) as never);
    copy.setWeights(model.getWeights());
    const [expected, received] = [model, copy].map((net) => net.predict(input) as tf.Tensor);
    expect(largestDifference(received as tf.Tensor, expected as tf.Tensor)).toBeGreaterThan(0.1);
    const before = tf.memory().numTensors;
    expect(() => foldBatchNorm(model)).toThrow(
      'Got the calls of shared, which is called several times, in another order',
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says what a model is', () => {
    expect(() => foldBatchNorm({} as tf.LayersModel)).toThrow('[normkit] foldBatchNorm: model must be a model');
    expect(() => foldBatchNorm(dense('d') as never)).toThrow('Got a layer, d.');
  });

  it('says what its options are', () => {
    const model = tf.sequential({ layers: [dense('d', { inputShape: [4] })] });
    expect(() => foldBatchNorm(model, { fuse: 1 } as never)).toThrow('fuse must be true or false. Got 1.');
    expect(() => foldBatchNorm(model, { fused: true } as never)).toThrow("there is no option 'fused'");
  });
});
