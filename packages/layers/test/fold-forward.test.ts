import '@normkit/backend-cpu';
import { type BatchNormalization, batchNormalization, FrozenBatchNormalization, foldBatchNorm } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchNorms, largestDifference, randomizeWeights } from './models.ts';
import { saved } from './saved-model.ts';

beforeAll(() => tf.setBackend('cpu'));

const { layers } = tf;
type Make = () => tf.layers.Layer[];

const first = { dataFormat: 'channelsFirst' } as const;
const dense = () => layers.dense({ units: 2, activation: 'tanh' });

/** [what stands behind the batch normalization, input shape without the batch, the layers, the axis of its channels] */
const behind: [string, number[], Make, number?][] = [
  ['Dense', [5], () => [dense()]],
  ['Dense without bias, of a sequence', [7, 5], () => [layers.dense({ units: 3, useBias: false })]],
  ['Conv1D', [11, 2], () => [layers.conv1d({ filters: 3, kernelSize: 5, dilationRate: 2 })]],
  ['Conv2D', [7, 5, 2], () => [layers.conv2d({ filters: 3, kernelSize: [3, 2], strides: 2, activation: 'relu' })]],
  ['Conv1D, channels first', [2, 11], () => [layers.conv1d({ filters: 3, kernelSize: 5, ...first })], 1],
  [
    'Conv2D, channels first',
    [2, 7, 5],
    () => [layers.conv2d({ filters: 3, kernelSize: 3, useBias: false, ...first })],
    1,
  ],
  ['Conv2D of single pixels', [7, 5, 2], () => [layers.conv2d({ filters: 3, kernelSize: 1, padding: 'same' })]],
  ['Conv2D of patches', [6, 4, 2], () => [layers.conv2d({ filters: 3, kernelSize: 2, strides: 2, padding: 'same' })]],
  ['DepthwiseConv2D', [7, 5, 3], () => [layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 })]],
  ['DepthwiseConv2D, channels first', [3, 7, 5], () => [layers.depthwiseConv2d({ kernelSize: 3, ...first })], 1],
  ['SeparableConv2D', [7, 5, 3], () => [layers.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2 })]],
  ['Conv2DTranspose of single pixels', [5, 3, 2], () => [layers.conv2dTranspose({ filters: 3, kernelSize: 1 })]],
  ['dropout', [5], () => [layers.dropout({ rate: 0.5 }), layers.gaussianNoise({ stddev: 1 }), dense()]],
  ['Flatten', [3, 2, 5], () => [layers.flatten(), dense()]],
  ['Flatten, channels first', [5, 3, 2], () => [layers.flatten(first), dense()], 1],
  ['Flatten of channels that come first', [5, 3, 2], () => [layers.flatten(), dense()], 1],
  [
    'Reshape',
    [3, 10],
    () => [layers.reshape({ targetShape: [1, 3, 10] }), layers.conv2d({ filters: 2, kernelSize: 1 })],
  ],
  ['Permute', [3, 5], () => [layers.permute({ dims: [2, 1] }), layers.flatten(), dense()]],
  ['RepeatVector', [5], () => [layers.repeatVector({ n: 3 }), dense()]],
  ['GlobalAveragePooling1D', [7, 5], () => [layers.globalAveragePooling1d({}), dense()]],
  ['GlobalAveragePooling2D', [3, 7, 5], () => [layers.globalAveragePooling2d({}), dense()]],
  ['GlobalAveragePooling2D, channels first', [5, 3, 7], () => [layers.globalAveragePooling2d(first), dense()], 1],
  [
    'AveragePooling2D that pads',
    [5, 7, 2],
    () => [layers.averagePooling2d({ poolSize: 2, padding: 'same' }), layers.conv2d({ filters: 2, kernelSize: 2 })],
  ],
  ['cropping', [5, 7, 2], () => [layers.cropping2D({ cropping: 1 }), dense()]],
  ['upsampling', [2, 3, 2], () => [layers.upSampling2d({ interpolation: 'bilinear' }), dense()]],
  ['a linear activation', [5], () => [layers.activation({ activation: 'linear' }), dense()]],
  [
    'TimeDistributed',
    [3, 7, 5],
    () => [
      layers.timeDistributed({ layer: layers.flatten() as never }),
      layers.timeDistributed({ layer: dense() as never }),
    ],
  ],
];

function inputOf(model: tf.LayersModel): tf.Tensor {
  const [, ...shape] = model.inputs[0]?.shape ?? [];
  return tf.randomNormal([2, ...(shape as number[])], 1, 2, 'float32', 5);
}

function expectSameOutput(model: tf.LayersModel, folded: tf.LayersModel): void {
  const x = inputOf(model);
  const [expected, received] = [model, folded].map((net) => net.predict(x) as tf.Tensor);
  expect(largestDifference(received as tf.Tensor, expected as tf.Tensor)).toBeLessThan(1e-5);
}

const hasNorm = (model: tf.LayersModel) => model.layers.some((layer) => /Norm/.test(layer.getClassName()));

describe.each(batchNorms)('foldBatchNorm of %s that nothing linear stands before', (whose, norm) => {
  // TensorFlow.js's own batch norm is right along the last axis alone.
  const covered = behind.filter(([, , , axis]) => whose === 'ours' || axis === undefined);

  it.each(covered)('folds forward through or into %s', (_name, inputShape, make, axis = -1) => {
    const model = tf.sequential({ layers: [norm({ inputShape, axis, name: 'norm' }), ...make()] });
    randomizeWeights(model, 3);
    const { model: folded, folded: list, fused, left } = foldBatchNorm(model);
    expect(list.map(({ batchNorm }) => batchNorm)).toEqual(['norm']);
    expect([fused, left]).toEqual([[], []]);
    expect(hasNorm(folded)).toBe(false);
    expect(folded.inputNames ?? folded.inputs.map(({ name }) => name)).toEqual(
      model.inputNames ?? model.inputs.map(({ name }) => name),
    );
    expectSameOutput(model, folded);
  });
});

/** A batch normalization of these scales and shifts: a mean of 0 and a variance of 1 without epsilon. */
function constants(name: string, inputShape: number[], gamma: number[], beta: number[]): BatchNormalization {
  const norm = batchNormalization({ name, inputShape, epsilon: 0 });
  norm.build([null, ...inputShape]);
  norm.setWeights([gamma, beta, gamma.map(() => 0), gamma.map(() => 1)].map((values) => tf.tensor1d(values)));
  return norm;
}

describe('foldBatchNorm where exactness depends on the values', () => {
  const image = [6, 5, 2];
  const valid = () => layers.conv2d({ filters: 2, kernelSize: 2 });
  const padding: [string, Make][] = [
    ['padding', () => [layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' })]],
    [
      'padding that depends on the extent',
      () => [layers.conv2d({ filters: 3, kernelSize: 2, strides: 2, padding: 'same' })],
    ],
    ['padding of depthwise kernels', () => [layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' })]],
    ['padding of separable kernels', () => [layers.separableConv2d({ filters: 2, kernelSize: 3, padding: 'same' })]],
    ['a transposed convolution', () => [layers.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2 })]],
    [
      'a transposed convolution with padding',
      () => [layers.conv2dTranspose({ filters: 3, kernelSize: 3, padding: 'same' })],
    ],
    ['zero padding', () => [layers.zeroPadding2d({ padding: 1 }), valid()]],
  ];
  const maximum: [string, Make][] = [
    ['max pooling', () => [layers.maxPooling2d({ poolSize: 2, strides: 1, padding: 'same' }), valid()]],
    ['global max pooling', () => [layers.globalMaxPooling2d({}), dense()]],
  ];

  it.each([
    ...padding.map(([name, make]) => ['a shift of 0', name, make, [2, -3], [0, 0], [2, -3], [0, 0.5]] as const),
    ...maximum.map(([name, make]) => ['no negative scale', name, make, [2, 0], [1, -1], [2, -0.5], [1, -1]] as const),
  ])('%s goes through %s, and another is fused', (_what, _name, make, gamma, beta, otherGamma, otherBeta) => {
    const modelOf = (scale: readonly number[], shift: readonly number[]) =>
      tf.sequential({ layers: [constants('norm', image, [...scale], [...shift]), ...make()] });
    const model = modelOf(gamma, beta);
    const other = modelOf(otherGamma, otherBeta);
    const [exact, inexact] = [foldBatchNorm(model), foldBatchNorm(other)];
    expect([exact.folded.length, exact.fused.length]).toEqual([1, 0]);
    expect([inexact.folded.length, inexact.fused.length]).toEqual([0, 1]);
    expect(inexact.fused[0]?.why).toMatch(/zeros|another part of its kernel|would become a minimum/);
    expectSameOutput(model, exact.model);
    expectSameOutput(other, inexact.model);
  });

  it('a mean that is much larger than the deviation is not merged into the bias of the layer behind', () => {
    const model = tf.sequential({ layers: [batchNormalization({ inputShape: [2], name: 'norm' }), dense()] });
    const norm = model.getLayer('norm') as BatchNormalization;
    norm.setWeights(
      [
        [1, 2],
        [0, 1],
        [1e6, 3],
        [1, 1],
      ].map((values) => tf.tensor1d(values)),
    );
    const { model: folded, fused } = foldBatchNorm(model);
    expect(fused[0]?.why).toContain(
      'its mean is 1.0e+6 times its output in a channel, and float32 would lose the difference',
    );
    const x = tf.tensor2d([
      [1e6 + 0.5, 2],
      [1e6 - 1, 4],
    ]);
    const [expected, received] = [model, folded].map((net) => net.predict(x) as tf.Tensor);
    expect(largestDifference(received as tf.Tensor, expected as tf.Tensor)).toBeLessThan(1e-6);
    norm.setWeights(
      [
        [1, 2],
        [0, 1],
        [100, 3],
        [1, 1],
      ].map((values) => tf.tensor1d(values)),
    );
    expect(foldBatchNorm(model).folded).toHaveLength(1);
  });

  it('a scale that float32 cannot hold leaves the layer what it is', () => {
    const model = tf.sequential({
      layers: [batchNormalization({ inputShape: [2], epsilon: 0, name: 'norm' }), dense()],
    });
    const norm = model.getLayer('norm') as BatchNormalization;
    norm.setWeights(
      [
        [1, 1e38],
        [0, 1],
        [0, 3],
        [1, 1e-10],
      ].map((values) => tf.tensor1d(values)),
    );
    expect(foldBatchNorm(model).left).toEqual([
      { layer: 'norm', why: 'gamma / √(variance + epsilon), the mean or beta of channel 1 is no finite float32.' },
    ]);
  });

  it('a variance of 0 without epsilon gives beta, as the layer does', () => {
    const norm = batchNormalization({ inputShape: [2], epsilon: 0, name: 'norm' });
    const model = tf.sequential({ layers: [norm, dense()] });
    norm.setWeights(
      [
        [3, 1],
        [0.5, 1],
        [2, 3],
        [0, 1],
      ].map((values) => tf.tensor1d(values)),
    );
    const { model: folded, folded: list } = foldBatchNorm(model);
    expect(list).toHaveLength(1);
    expectSameOutput(model, folded);
  });
});

describe('foldBatchNorm around what TensorFlow.js does not do', () => {
  const whyOf = (model: tf.LayersModel) => foldBatchNorm(model).fused.map(({ why }) => why);

  it('gives no bias to a dense layer of rank 6, nor to a separable convolution with channels first', () => {
    const vectors = tf.sequential({
      layers: [
        batchNormalization({ inputShape: [2, 1, 2, 1, 3] }),
        layers.dense({ units: 2, useBias: false, name: 'd' }),
      ],
    });
    const separable = () => layers.separableConv2d({ filters: 2, kernelSize: 2, useBias: false, name: 's', ...first });
    const images = [
      [batchNormalization({ inputShape: [3, 4, 5], axis: 1 }), separable()],
      [layers.inputLayer({ inputShape: [3, 4, 5] }), separable(), batchNormalization({ axis: 1 })],
    ].map((list) => tf.sequential({ layers: list }));
    expect(whyOf(vectors)[0]).toContain('TensorFlow.js adds no bias to what d computes, which has rank 6.');
    for (const model of images) {
      expect(whyOf(model)[0]).toContain('TensorFlow.js adds the bias of s, channels first, along another axis');
    }
    for (const model of [vectors, ...images]) expectSameOutput(model, foldBatchNorm(model).model);
  });

  it('does not pass a dropout that is called with training: true', () => {
    const x = tf.input({ shape: [3] });
    const normed = batchNormalization({ name: 'n' }).apply(x);
    const dropped = layers.dropout({ rate: 0.5, name: 'drop' }).apply(normed, { training: true });
    const model = tf.model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(dropped) as tf.SymbolicTensor });
    expect(whyOf(model)[0]).toContain('drop (Dropout) is between and called with training: true.');
  });

  it('takes the shapes of the calls in this model, where a layer is called in another one first', () => {
    const flatten = layers.flatten();
    flatten.apply(tf.input({ shape: [3, 2] }));
    const x = tf.input({ shape: [3, 5] });
    const flat = flatten.apply(batchNormalization({ axis: 1 }).apply(x)) as tf.SymbolicTensor;
    const model = tf.model({ inputs: x, outputs: layers.dense({ units: 2 }).apply(flat) as tf.SymbolicTensor });
    randomizeWeights(model, 19);
    const { model: folded, folded: list } = foldBatchNorm(model);
    expect(list).toHaveLength(1);
    expectSameOutput(model, folded);
  });
});

describe('foldBatchNorm of several', () => {
  const named = (name: string) => batchNormalization({ name });

  it('folds chains, through dropout too, into the layer behind, and into one multiply and add where there is none', () => {
    const model = tf.sequential({
      layers: [
        layers.inputLayer({ inputShape: [3] }),
        named('a'),
        named('b'),
        layers.dropout({ rate: 0.5 }),
        named('c'),
        layers.dense({ units: 4, name: 'd', activation: 'relu' }),
        named('e'),
        layers.dropout({ rate: 0.5 }),
        named('f'),
        layers.reLU({ name: 'g' }),
      ],
    });
    randomizeWeights(model, 5);
    const { model: folded, folded: list, fused, left } = foldBatchNorm(model);
    expect(list).toEqual([
      ...['a', 'b', 'c'].map((batchNorm) => ({ batchNorm, into: 'd' })),
      { batchNorm: 'f', into: 'e' },
    ]);
    expect([fused.map(({ batchNorm }) => batchNorm), left]).toEqual([['e'], []]);
    expectSameOutput(model, folded);
  });

  it('folds into all layers that use it, or into none', () => {
    const x = tf.input({ shape: [4] });
    const graph = (...others: tf.layers.Layer[]) => {
      const normed = named('n').apply(layers.reLU().apply(x)) as tf.SymbolicTensor;
      const users = [layers.dense({ units: 2, name: 'a' }), layers.dense({ units: 2, name: 'b' }), ...others];
      return tf.model({
        inputs: x,
        outputs: layers.add().apply(users.map((user) => user.apply(normed) as tf.SymbolicTensor)) as tf.SymbolicTensor,
      });
    };
    const [all, some] = [
      graph(),
      graph(tf.sequential({ layers: [layers.dense({ units: 2, inputShape: [4] })], name: 'model' })),
    ];
    for (const model of [all, some]) randomizeWeights(model, 7);
    expect(foldBatchNorm(all).folded).toEqual(['a', 'b'].map((into) => ({ batchNorm: 'n', into })));
    expect(foldBatchNorm(some).folded).toEqual([]);
    expect(foldBatchNorm(some).fused[0]?.why).toContain(
      'model (Sequential), behind it, is not a convolution or dense layer.',
    );
    for (const model of [all, some]) expectSameOutput(model, foldBatchNorm(model).model);
  });

  it('does not fold into a layer that is called with something else, too', () => {
    const x = tf.input({ shape: [4] });
    const shared = layers.dense({ units: 2, name: 'd' });
    const outputs = [named('n').apply(layers.reLU().apply(x)), x].map((from) =>
      shared.apply(from as tf.SymbolicTensor),
    );
    const model = tf.model({
      inputs: x,
      outputs: layers.add().apply(outputs as tf.SymbolicTensor[]) as tf.SymbolicTensor,
    });
    randomizeWeights(model, 21);
    const { model: folded, fused } = foldBatchNorm(model);
    expect(fused[0]?.why).toContain('d, behind it, is shared: it is called 2 times.');
    expectSameOutput(model, folded);
  });

  it('folds those of one input of a concatenation', () => {
    const [x, y] = [tf.input({ shape: [3] }), tf.input({ shape: [2] })];
    const joined = layers.concatenate().apply([y, named('x').apply(x), named('y').apply(y)] as tf.SymbolicTensor[]);
    const model = tf.model({
      inputs: [x, y],
      outputs: layers.dense({ units: 3, name: 'd' }).apply(joined) as tf.SymbolicTensor,
    });
    randomizeWeights(model, 9);
    const { model: folded, folded: list, fused } = foldBatchNorm(model);
    // TensorFlow.js would dispose y, which the concatenation would have twice, too early.
    expect([list, fused.length]).toEqual([[{ batchNorm: 'x', into: 'd' }], 1]);
    const given = [tf.randomNormal([2, 3], 0, 1, 'float32', 1), tf.randomNormal([2, 2], 0, 1, 'float32', 2)];
    const [expected, received] = [model, folded].map((net) => net.predict(given) as tf.Tensor);
    expect(largestDifference(received as tf.Tensor, expected as tf.Tensor)).toBeLessThan(1e-5);
  });

  it('folds within a Sequential within TimeDistributed, and says what is left there by its path', () => {
    const step = tf.sequential({
      name: 's',
      layers: [
        layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [4, 4, 1], name: 'conv' }),
        named('b'),
        layers.reLU({ name: 'relu' }),
        named('c'),
        layers.activation({ activation: 'tanh', name: 'tanh' }),
      ],
    });
    const model = tf.sequential({
      layers: [layers.timeDistributed({ layer: step as never, inputShape: [3, 4, 4, 1], name: 'steps' })],
    });
    randomizeWeights(model, 11);
    const { model: folded, folded: list, fused, left } = foldBatchNorm(model);
    expect(list).toEqual([{ batchNorm: 'steps/s/b', into: 'steps/s/conv' }]);
    expect(fused).toEqual([
      {
        batchNorm: 'steps/s/c',
        why: 'relu (ReLU), before it, is not a convolution or dense layer; tanh (Activation), behind it, is not a convolution or dense layer.',
      },
    ]);
    expect(left).toEqual([]);
    expectSameOutput(model, folded);
  });

  it('folds TimeDistributed layers into each other, backward too', () => {
    const each = (layer: tf.layers.Layer, name: string) => layers.timeDistributed({ layer: layer as never, name });
    const model = tf.sequential({
      layers: [
        layers.inputLayer({ inputShape: [3, 4, 4, 2] }),
        each(layers.conv2d({ filters: 3, kernelSize: 2, name: 'conv' }), 'a'),
        each(named('n'), 'b'),
        each(layers.averagePooling2d({ poolSize: 3, strides: 1 }), 'c'),
        named('m'),
        each(layers.reLU(), 'd'),
        each(named('o'), 'e'),
        each(layers.flatten(), 'f'),
        layers.dense({ units: 2, name: 'g' }),
      ],
    });
    randomizeWeights(model, 13);
    const { model: folded, folded: list } = foldBatchNorm(model);
    expect(list).toEqual([
      { batchNorm: 'b/n', into: 'a/conv' },
      { batchNorm: 'm', into: 'a/conv' },
      { batchNorm: 'e/o', into: 'g' },
    ]);
    expectSameOutput(model, folded);
  });

  it('folds backward through Reshape into the dense layer that makes an image', () => {
    const model = tf.sequential({
      layers: [
        layers.dense({ units: 12, inputShape: [3], name: 'd' }),
        layers.reshape({ targetShape: [2, 3, 2] }),
        named('n'),
        layers.reLU(),
      ],
    });
    randomizeWeights(model, 15);
    const { model: folded, folded: list } = foldBatchNorm(model);
    expect(list).toEqual([{ batchNorm: 'n', into: 'd' }]);
    expectSameOutput(model, folded);
  });
});

describe('a folded model', () => {
  it('saves, loads and predicts the same with what was fused, and training changes none of it', async () => {
    const model = tf.sequential({
      layers: [
        batchNormalization({ inputShape: [4, 3], name: 'norm', axis: 1 }),
        layers.reLU(),
        layers.dense({ units: 2 }),
      ],
    });
    randomizeWeights(model, 17);
    const { model: folded } = foldBatchNorm(model);
    const loaded = await tf.loadLayersModel(await saved(folded));
    const [norm] = loaded.layers;
    expect(norm).toBeInstanceOf(FrozenBatchNormalization);
    expect(norm?.name).toBe('norm');
    expectSameOutput(model, loaded);
    const x = inputOf(model);
    expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual((folded.predict(x) as tf.Tensor).dataSync());
    loaded.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const before = norm?.getWeights().map((weight) => weight.dataSync().slice());
    await loaded.fit(x, tf.zeros([2, 4, 2]), { verbose: 0 });
    expect(norm?.getWeights().map((weight) => weight.dataSync().slice())).toEqual(before);
  });

  it('keeps the contract of core where it is one multiply and add: a mean of a million deviations', () => {
    const norm = batchNormalization({ inputShape: [1], epsilon: 1e-3 });
    const model = tf.sequential({ layers: [norm] });
    norm.setWeights([[1.7], [0.3], [1e6], [1]].map((values) => tf.tensor1d(values)));
    const x = Float32Array.from([1e6 - 1.5, 1e6 + 0.25, 1e6, 1e6 + 3]);
    const y = (foldBatchNorm(model).model.predict(tf.tensor2d(x, [4, 1])) as tf.Tensor).dataSync();
    const [gamma, beta] = [Math.fround(1.7), Math.fround(0.3)];
    for (const [index, value] of x.entries()) {
      const scaled = (gamma * (value - 1e6)) / Math.sqrt(1 + 1e-3);
      const tolerance = 8 * 2 ** -24 * (Math.abs(scaled) + beta);
      expect(Math.abs((y[index] ?? Number.NaN) - (scaled + beta))).toBeLessThanOrEqual(tolerance);
    }
  });
});
