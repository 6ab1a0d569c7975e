import '@normkit/backend-cpu';
import { spectralNormalization, WeightNormalization, weightNormalization } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { saved } from './saved-model.ts';
import { channelMoments, distance, fromConfig, numbers, valuesOf, weightOf } from './values.ts';

beforeAll(() => tf.setBackend('cpu'));

const call = (layer: tf.layers.Layer, x: tf.Tensor, training = false) => layer.apply(x, { training }) as tf.Tensor;
const dense = (args: object = {}) => tf.layers.dense({ units: 3, name: 'inner', ...args });

describe('weight normalization', () => {
  it('computes with g · v / ‖v‖, and trains both', () => {
    const layer = weightNormalization({ layer: dense({ biasInitializer: 'randomNormal' }), dataInit: false });
    const x = numbers([5, 2], 1);
    const first = call(layer, x);
    const [v, bias] = [weightOf(layer, 'kernel'), weightOf(layer, 'bias')];
    expect(distance(first, tf.add(tf.matMul(x, v), bias))).toBeLessThan(1e-5);
    expect(distance(weightOf(layer, 'g'), tf.norm(v, 2, 0))).toBeLessThan(1e-6);
    const g = numbers([3], 2);
    layer.weights[0]?.write(g);
    const direction = tf.div(v, tf.norm(v, 2, 0, true));
    expect(distance(call(layer, x), tf.add(tf.matMul(x, tf.mul(direction, g)), bias))).toBeLessThan(1e-5);
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.square(layer.call(x, {}) as tf.Tensor)) as tf.Scalar,
      layer.trainableWeights.map((weight) => weight.read() as tf.Variable),
    );
    const [dg, dv] = layer.trainableWeights.map(({ name }) => grads[name] ?? tf.scalar(Number.NaN));
    expect(valuesOf(dg ?? tf.scalar(0)).every((value) => Math.abs(value) > 1e-3)).toBe(true);
    // v has a direction only, so its gradient stands on it.
    expect(distance(tf.sum(tf.mul(v, dv ?? tf.scalar(0)), 0), tf.zeros([3]))).toBeLessThan(1e-4);
  });

  it('sets g and the bias from the first batch: mean 0 and, from a kernel of length 1, variance 1', () => {
    const layer = weightNormalization({ layer: dense({ activation: 'relu' }) });
    const x = numbers([500, 2], 1, 3, 5);
    layer.build(x.shape);
    const unit = tf.tensor2d([
      [0.6, 1, 0],
      [0.8, 0, 1],
    ]);
    for (const weight of layer.weights) if (/kernel$/.test(weight.originalName)) weight.write(unit);
    const y = call(layer, x);
    expect(Math.min(...valuesOf(y))).toBe(0);
    const before = tf.add(tf.matMul(x, tf.mul(unit, weightOf(layer, 'g'))), weightOf(layer, 'bias'));
    const { mean, variance } = channelMoments(before, -1);
    for (const value of mean) expect(value).toBeCloseTo(0, 3);
    for (const value of variance) expect(value).toBeCloseTo(1, 3);
    expect(distance(y, tf.relu(before))).toBeLessThan(1e-5);
    expect(distance(call(layer, x), y)).toBe(0);
  });

  it('gives outputs of the variance 1 / ‖v‖², from a kernel of another length', () => {
    const layer = weightNormalization({ layer: dense({ kernelInitializer: 'ones', units: 1 }) });
    const x = numbers([500, 2], 1, 3, 5);
    const { mean, variance } = tf.moments(tf.sum(x, 1));
    const [m = 0, deviation = 0] = [mean, tf.sqrt(variance)].map((value) => valuesOf(value)[0]);
    const y = tf.moments(call(layer, x));
    expect(valuesOf(y.variance)[0]).toBeCloseTo(1 / 2, 3);
    expect(valuesOf(y.mean)[0]).toBeCloseTo((m / deviation) * (1 / Math.SQRT2 - 1), 3);
  });

  it('is not set anew once it is loaded', async () => {
    const layer = weightNormalization({ layer: dense(), inputShape: [2] });
    const model = tf.sequential({ layers: [layer] });
    tf.dispose(model.predict(numbers([5, 2], 1)));
    const loaded = await tf.loadLayersModel(await saved(model));
    const other = numbers([5, 2], 2, 10);
    expect(distance(loaded.predict(other) as tf.Tensor, model.predict(other) as tf.Tensor)).toBe(0);
  });

  it('gives the layer back, with the same results', () => {
    const layer = weightNormalization({ layer: tf.layers.conv2d({ filters: 3, kernelSize: 2 }) });
    const x = numbers([2, 4, 4, 2], 1);
    const y = call(layer, x);
    const before = tf.memory().numTensors;
    const inner = layer.remove();
    expect(inner.getClassName()).toBe('Conv2D');
    // g, whether it was set, and the copies of kernel and bias.
    expect(tf.memory().numTensors).toBe(before - 4);
    expect(layer.weights).toEqual(inner.weights);
    expect(distance(call(inner, x), y)).toBeLessThan(1e-6);
  });

  it('gives the layer back as it is before a call has set g, and nothing before it is built', () => {
    const layer = weightNormalization({ layer: dense() });
    expect(() => layer.remove()).toThrow('the layer is not built yet');
    layer.build([null, 2]);
    const kernel = valuesOf(weightOf(layer, 'kernel'));
    expect(valuesOf(weightOf(layer.remove(), 'kernel'))).toEqual(kernel);
  });

  it('leaves the layer its own kernel after a call that fails', () => {
    const inner = dense();
    const layer = weightNormalization({ layer: inner, dataInit: false });
    call(layer, numbers([5, 2], 1));
    expect(() => layer.call(numbers([5, 4], 1), {})).toThrow();
    expect(inner.weights).toContain((inner as unknown as { kernel: tf.LayerVariable }).kernel);
  });

  it('T: wraps layers with a kernel', () => {
    expect(() => weightNormalization({ layer: tf.layers.flatten() }).build([null, 2])).toThrow(
      'the wrapped layer must have a kernel. Got Flatten',
    );
    expect(() => weightNormalization({ layer: 'dense' as never })).toThrow(
      "layer must be a layer, such as tf.layers.dense({ units: 10 }). Got 'dense'",
    );
    for (const class_name of ['Densest', 'constructor']) {
      expect(() => fromConfig(WeightNormalization, { layer: { class_name, config: {} } })).toThrow(
        `of a class that TensorFlow.js has. Got '${class_name}'`,
      );
    }
    expect(() => weightNormalization(undefined as never)).toThrow('the arguments must be one object');
    expect(() => weightNormalization(dense() as never)).toThrow(
      'WeightNormalization: the arguments must be one object. Got Dense; write { layer: … }, say.',
    );
  });
});

describe('spectral normalization', () => {
  const wrapped = (kernel: number[][], u: number[], powerIterations?: number) => {
    const layer = spectralNormalization({ layer: dense({ units: u.length, useBias: false }), powerIterations });
    layer.build([null, kernel.length]);
    layer.setWeights([tf.tensor2d(kernel), tf.tensor2d([u])]);
    return layer;
  };

  it('divides the kernel by its largest singular value, at each step of training', () => {
    const layer = wrapped(
      [
        [3, 0],
        [0, 1],
      ],
      [0.6, 0.8],
      40,
    );
    const y = call(layer, tf.tensor2d([[1, 1]]), true);
    expect(distance(y, tf.tensor2d([[1, 1 / 3]]))).toBeLessThan(1e-6);
    expect(
      distance(
        weightOf(layer, 'kernel'),
        tf.tensor2d([
          [1, 0],
          [0, 1 / 3],
        ]),
      ),
    ).toBeLessThan(1e-6);
    expect(distance(weightOf(layer, 'vector_u'), tf.tensor2d([[1, 0]]))).toBeLessThan(1e-6);
  });

  it('takes one step of power iteration from its vector, and keeps what it found', () => {
    const layer = wrapped(
      [
        [3, 0],
        [0, 1],
      ],
      [0.6, 0.8],
    );
    call(layer, tf.tensor2d([[1, 1]]), true);
    const v = [1.8, 0.8].map((value) => value / Math.hypot(1.8, 0.8));
    const u = [3 * (v[0] ?? 0), v[1] ?? 0];
    const sigma = Math.hypot(...u);
    expect(distance(weightOf(layer, 'vector_u'), tf.tensor2d([u.map((value) => value / sigma)]))).toBeLessThan(1e-6);
    expect(
      distance(
        weightOf(layer, 'kernel'),
        tf.tensor2d([
          [3 / sigma, 0],
          [0, 1 / sigma],
        ]),
      ),
    ).toBeLessThan(1e-6);
  });

  it('leaves the kernel alone at inference, while it is frozen, and where it is 0', () => {
    const kernel = [
      [3, 1],
      [0, 1],
    ];
    const layer = wrapped(kernel, [0.6, 0.8]);
    call(layer, tf.tensor2d([[1, 1]]));
    layer.trainable = false;
    call(layer, tf.tensor2d([[1, 1]]), true);
    expect(distance(weightOf(layer, 'kernel'), tf.tensor2d(kernel))).toBe(0);
    const zero = wrapped(
      [
        [0, 0],
        [0, 0],
      ],
      [0.6, 0.8],
    );
    expect(valuesOf(call(zero, tf.tensor2d([[1, 1]]), true))).toEqual([0, 0]);
    expect(distance(weightOf(zero, 'vector_u'), tf.tensor2d([[0.6, 0.8]]))).toBe(0);
  });

  it('changes nothing in a model that is frozen as a whole', async () => {
    for (const create of [
      spectralNormalization,
      (args: { layer: tf.layers.Layer }) => weightNormalization({ ...args, dataInit: false }),
    ]) {
      const layer = create({ layer: dense({ inputShape: [2] }), inputShape: [2] } as never);
      const base = tf.sequential({ layers: [layer] });
      const input = tf.input({ shape: [2] });
      const output = tf.layers.dense({ units: 1 }).apply(base.apply(input)) as tf.SymbolicTensor;
      const model = tf.model({ inputs: input, outputs: output });
      tf.dispose(model.predict(numbers([5, 2], 1)));
      base.trainable = false;
      const before = layer.getWeights().map(valuesOf);
      expect(layer.trainableWeights).toEqual([]);
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      await model.fit(numbers([7, 2], 1), tf.ones([7, 1]), { epochs: 2, verbose: 0 });
      expect(layer.getWeights().map(valuesOf)).toEqual(before);
    }
  });

  it('takes a convolution for a matrix of its last axis, and embeddings for their own', () => {
    const conv = spectralNormalization({
      // A seed: two eigenvalues of a random kernel can be so near to each other that their powers do not part.
      layer: tf.layers.conv2d({
        filters: 3,
        kernelSize: 2,
        kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }),
      }),
      powerIterations: 200,
    });
    call(conv, numbers([1, 4, 4, 2], 1), true);
    const matrix = tf.reshape(weightOf(conv, 'kernel'), [8, 3]);
    // The largest eigenvalue of a matrix with itself, by the trace of a high power.
    let gram = tf.matMul(matrix, matrix, true);
    for (let square = 0; square < 6; square++) gram = tf.matMul(gram, gram);
    expect(valuesOf(gram)[0]).toBeLessThan(1.001);
    expect(valuesOf(tf.sum(tf.mul(gram, tf.eye(3))))[0]).toBeCloseTo(1, 2);
    const embedding = spectralNormalization({
      layer: tf.layers.embedding({ inputDim: 5, outputDim: 3 }),
      powerIterations: 50,
    });
    call(embedding, tf.tensor2d([[1, 4]], undefined, 'int32'), true);
    expect(weightOf(embedding, 'vector_u').shape).toEqual([1, 3]);
  });

  it("K, T: refuses what Keras's layer refuses", () => {
    for (const powerIterations of [0, -1, 1.5, '1']) {
      expect(() => spectralNormalization({ layer: dense(), powerIterations: powerIterations as number })).toThrow(
        'powerIterations must be a positive integer',
      );
    }
    expect(() => spectralNormalization({ layer: tf.layers.flatten() }).build([null, 2])).toThrow(
      'the wrapped layer must have a kernel or embeddings. Got Flatten',
    );
  });
});
