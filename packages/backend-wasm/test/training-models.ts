import * as tf from '@tensorflow/tfjs';
import { numbers, type Task } from './training-tasks.ts';

const l = tf.layers;
const image = [7, 6, 3];

/** The layer between two that train, so that it passes on the gradient of its input as well. */
function onImages(layer: () => tf.layers.Layer, shape = image, batch = 5): () => Task {
  return () => {
    const input = tf.input({ shape });
    const before = l.conv2d({ filters: 4, kernelSize: 1 }).apply(input);
    let after = layer().apply(before) as tf.SymbolicTensor;
    if (after.shape.length > 2) after = l.flatten().apply(after) as tf.SymbolicTensor;
    const output = l.dense({ units: 2 }).apply(after) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: output });
    return { model, x: numbers([batch, ...shape], 1), y: numbers([batch, 2], 2) };
  };
}

/** A layer of two branches. */
function onBranches(merge: () => tf.layers.Layer): () => Task {
  return () => {
    const input = tf.input({ shape: image });
    const branches = [1, 3].map((kernelSize) => l.conv2d({ filters: 4, kernelSize, padding: 'same' }).apply(input));
    const merged = merge().apply(branches as tf.SymbolicTensor[]);
    const output = l.dense({ units: 2 }).apply(l.flatten().apply(merged)) as tf.SymbolicTensor;
    return { model: tf.model({ inputs: input, outputs: output }), x: numbers([5, ...image], 1), y: numbers([5, 2], 2) };
  };
}

function onRows(...middle: (() => tf.layers.Layer)[]): () => Task {
  return () => {
    const model = tf.sequential();
    model.add(l.dense({ units: 6, inputShape: [3] }));
    for (const layer of middle) model.add(layer());
    model.add(l.dense({ units: 2 }));
    return { model, x: numbers([5, 3], 3), y: numbers([5, 2], 4) };
  };
}

const activations = [
  'elu',
  'gelu',
  'gelu_new',
  'hardSigmoid',
  'linear',
  'mish',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'swish',
  'tanh',
] as const;

const convolutions: Record<string, () => Task> = {
  'conv2d valid': onImages(() => l.conv2d({ filters: 5, kernelSize: 3 })),
  'conv2d same': onImages(() => l.conv2d({ filters: 5, kernelSize: [3, 2], padding: 'same', activation: 'relu' })),
  'conv2d strides': onImages(() => l.conv2d({ filters: 5, kernelSize: 3, strides: [2, 1], padding: 'same' })),
  'conv2d valid strides': onImages(() => l.conv2d({ filters: 5, kernelSize: 2, strides: 3 })),
  conv2dTranspose: onImages(() => l.conv2dTranspose({ filters: 5, kernelSize: 3, strides: 2, padding: 'same' })),
  depthwiseConv2d: onImages(() => l.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 })),
  'depthwiseConv2d strides': onImages(() => l.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same' })),
  separableConv2d: onImages(() => l.separableConv2d({ filters: 5, kernelSize: 3, padding: 'same' })),
  'separableConv2d strides': onImages(() => l.separableConv2d({ filters: 5, kernelSize: 3, strides: 2 })),
  conv1d: onImages(() =>
    tf.sequential({
      layers: [l.reshape({ inputShape: [7, 6, 4], targetShape: [42, 4] }), l.conv1d({ filters: 3, kernelSize: 3 })],
    }),
  ),
};

const otherLayers: Record<string, () => Task> = {
  averagePooling2d: onImages(() => l.averagePooling2d({ poolSize: 2 })),
  'averagePooling2d same': onImages(() => l.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' })),
  maxPooling2d: onImages(() => l.maxPooling2d({ poolSize: 2 })),
  'maxPooling2d same': onImages(() => l.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' })),
  globalAveragePooling2d: onImages(() => l.globalAveragePooling2d({})),
  globalMaxPooling2d: onImages(() => l.globalMaxPooling2d({})),
  batchNormalization: onImages(() => l.batchNormalization()),
  layerNormalization: onImages(() => l.layerNormalization()),
  dropout: onImages(() => l.dropout({ rate: 0.3, seed: 7 })),
  gaussianNoise: onRows(() => l.gaussianNoise({ stddev: 0 })),
  zeroPadding2d: onImages(() =>
    l.zeroPadding2d({
      padding: [
        [1, 2],
        [0, 1],
      ],
    }),
  ),
  // The cpu backend's own gradients are wrong here for more than one image (nearest) or other than squares (bilinear).
  'upSampling2d nearest': onImages(() => l.upSampling2d({ size: [2, 2] }), image, 1),
  'upSampling2d bilinear': onImages(() => l.upSampling2d({ size: [2, 2], interpolation: 'bilinear' }), [7, 7, 3]),
  cropping2D: onImages(() =>
    l.cropping2D({
      cropping: [
        [1, 1],
        [0, 2],
      ],
    }),
  ),
  reshape: onImages(() => l.reshape({ targetShape: [6, 28] })),
  permute: onImages(() => l.permute({ dims: [3, 1, 2] })),
  flatten: onImages(() => l.flatten()),
  activation: onImages(() => l.activation({ activation: 'tanh' })),
  add: onBranches(() => l.add()),
  average: onBranches(() => l.average()),
  multiply: onBranches(() => l.multiply()),
  maximum: onBranches(() => l.maximum()),
  minimum: onBranches(() => l.minimum()),
  concatenate: onBranches(() => l.concatenate()),
  reLU: onImages(() => l.reLU()),
  leakyReLU: onImages(() => l.leakyReLU({ alpha: 0.2 })),
  prelu: onImages(() => l.prelu({})),
  'elu layer': onImages(() => l.elu()),
  'softmax layer': onImages(() => l.softmax({ axis: 3 })),
  repeatVector: onRows(
    () => l.repeatVector({ n: 3 }),
    () => l.flatten(),
  ),
  embedding: () => {
    const model = tf.sequential();
    model.add(l.embedding({ inputDim: 7, outputDim: 3, inputLength: 4 }));
    model.add(l.flatten());
    model.add(l.dense({ units: 2 }));
    return { model, x: tf.tensor2d([0, 3, 3, 6, 2, 1, 0, 5], [2, 4]), y: numbers([2, 2], 5) };
  },
  lstm: onRows(
    () => l.repeatVector({ n: 3 }),
    () => l.lstm({ units: 4 }),
  ),
  gru: onRows(
    () => l.repeatVector({ n: 3 }),
    () => l.gru({ units: 4 }),
  ),
  simpleRNN: onRows(
    () => l.repeatVector({ n: 3 }),
    () => l.simpleRNN({ units: 4 }),
  ),
};

/** One small model for each layer of a convolutional network. */
export const layerTasks: Record<string, () => Task> = {
  ...convolutions,
  ...otherLayers,
  ...Object.fromEntries(
    activations.map((activation) => [
      `dense ${activation}`,
      onRows(() => l.dense({ units: 4, activation: activation as 'relu' })),
    ]),
  ),
};

function classifier(
  loss: string,
  units: number,
  activation: 'softmax' | 'sigmoid' | 'tanh',
  y: () => tf.Tensor,
): () => Task {
  return () => {
    const model = tf.sequential();
    model.add(l.dense({ units: 6, inputShape: [3], activation: 'tanh' }));
    model.add(l.dense({ units, activation }));
    return { model, x: numbers([5, 3], 3), y: y(), loss };
  };
}

const oneHot = () => tf.oneHot(tf.tensor1d([0, 2, 1, 3, 2], 'int32'), 4).toFloat();
const signs = () => tf.tensor2d([1, -1, -1, 1, 1, -1, 1, 1, -1, -1], [5, 2]);
const positive = () => numbers([5, 2], 6, 0.1, 0.9);

/** One small model for each loss. */
export const lossTasks: Record<string, () => Task> = {
  categoricalCrossentropy: classifier('categoricalCrossentropy', 4, 'softmax', oneHot),
  sparseCategoricalCrossentropy: classifier('sparseCategoricalCrossentropy', 4, 'softmax', () =>
    tf.tensor2d([0, 2, 1, 3, 2], [5, 1]),
  ),
  binaryCrossentropy: classifier('binaryCrossentropy', 2, 'sigmoid', () =>
    tf.tensor2d([1, 0, 0, 1, 1, 0, 1, 1, 0, 0], [5, 2]),
  ),
  categoricalHinge: classifier('categoricalHinge', 4, 'tanh', oneHot),
  ...Object.fromEntries(
    ['hinge', 'squaredHinge', 'cosineProximity'].map((loss) => [loss, classifier(loss, 2, 'tanh', signs)]),
  ),
  ...Object.fromEntries(
    [
      'meanSquaredError',
      'meanAbsoluteError',
      'meanAbsolutePercentageError',
      'meanSquaredLogarithmicError',
      'kullbackLeiblerDivergence',
      'logcosh',
      'poisson',
    ].map((loss) => [loss, classifier(loss, 2, 'sigmoid', positive)]),
  ),
};

/** The same small model for each optimizer. */
export const optimizerTasks: Record<string, () => Task> = Object.fromEntries(
  Object.entries({
    sgd: () => tf.train.sgd(0.005),
    momentum: () => tf.train.momentum(0.002, 0.9),
    'momentum, Nesterov': () => tf.train.momentum(0.002, 0.9, true),
    adagrad: () => tf.train.adagrad(0.02),
    adadelta: () => tf.train.adadelta(0.05),
    adam: () => tf.train.adam(0.01),
    adamax: () => tf.train.adamax(0.01),
    rmsprop: () => tf.train.rmsprop(0.01),
    'rmsprop, centered': () => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-7, true),
  }).map(([name, optimizer]) => [
    name,
    () => ({ ...onImages(() => l.conv2d({ filters: 5, kernelSize: 3 }))(), optimizer: optimizer() }),
  ]),
);
