import '@normkit/backend-cpu';
import { batchNormalization, convertKerasConfig, foldBatchNorm, loadKerasModel } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { call, keras3Dense, keras3Functional, keras3Input, keras3Layer, kerasTensor } from './keras-files.ts';
import { saved } from './saved-model.ts';
import { distance, numbers, valuesOf, weightOf } from './values.ts';

beforeAll(() => tf.setBackend('cpu'));

type Json = Record<string, unknown>;

const input = (name = 'x') => ({
  class_name: 'InputLayer',
  name,
  config: { batch_input_shape: [null, 3], dtype: 'float32', sparse: false, ragged: false, name },
  inbound_nodes: [],
});

/** A layer of Keras 2, called on each of these tensors with these arguments. */
const layer = (
  class_name: string,
  name: string,
  config: Json,
  ...calls: [from: string, node: number, kwargs?: Json][]
) => ({
  class_name,
  name,
  config: { name, trainable: true, dtype: 'float32', ...config },
  inbound_nodes: calls.map(([from, node, kwargs = {}]) => [[from, node, 0, kwargs]]),
});

const norm = (name: string, ...calls: [from: string, node: number, kwargs?: Json][]) =>
  layer('BatchNormalization', name, { axis: [1], momentum: 0.5, epsilon: 0.01, center: true, scale: true }, ...calls);

const functional = (layers: Json[], outputs: [string, number][], name = 'net', calls: Json[] = []) => ({
  class_name: 'Functional',
  name,
  config: {
    name,
    layers,
    input_layers: [['x', 0, 0]],
    output_layers: outputs.map(([layer, node]) => [layer, node, 0]),
  },
  inbound_nodes: calls,
});

const load = (topology: Json) =>
  loadKerasModel(tf.io.fromMemory({ modelTopology: { ...topology, keras_version: '2.15.0' } as never }));

const x = () => numbers([6, 3], 1, 2, 1);
const inference = (y: tf.Tensor) => tf.div(y, Math.sqrt(1.01));
const ofBatch = (y: tf.Tensor) => {
  const { mean, variance } = tf.moments(y, 0);
  return tf.div(tf.sub(y, mean), tf.sqrt(tf.add(variance, 0.01)));
};
const averages = (model: tf.LayersModel, name: string) =>
  ['moving_mean', 'moving_variance'].flatMap((weight) => valuesOf(weightOf(model.getLayer(name), weight)));
const initial = [0, 0, 0, 1, 1, 1];

async function train(model: tf.LayersModel): Promise<number> {
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
  const shape = [6, ...(model.outputs[0]?.shape ?? []).slice(1)] as number[];
  return (await model.trainOnBatch(x(), tf.zeros(shape))) as number;
}

const meanSquare = (y: tf.Tensor) => valuesOf(tf.mean(tf.square(y)))[0] ?? Number.NaN;

describe('training, as the graph of a Keras 2 file has it for one call', () => {
  it.each([
    ['false', false],
    ['0, as old files have it', 0],
  ])('%s is inference in training, for that call alone', async (_, training) => {
    const model = await load(
      functional([input(), norm('still', ['x', 0, { training }]), norm('moves', ['still', 0])], [['moves', 0]]),
    );
    expect(await train(model)).toBeCloseTo(meanSquare(ofBatch(inference(x()))), 4);
    expect(averages(model, 'still')).toEqual(initial);
    expect(averages(model, 'moves')).not.toEqual(initial);
  });

  it.each([
    ['true', true],
    ['1', 1],
  ])('%s is the statistics of the batch at inference, which moves no average', async (_, training) => {
    const model = await load(functional([input(), norm('bn', ['x', 0, { training }])], [['bn', 0]]));
    expect(distance(model.predict(x()) as tf.Tensor, ofBatch(x()))).toBeLessThan(1e-5);
    expect(averages(model, 'bn')).toEqual(initial);
    await train(model);
    expect(averages(model, 'bn')).not.toEqual(initial);
  });

  it('says nothing where it is null', async () => {
    const model = await load(functional([input(), norm('bn', ['x', 0, { training: null, mask: null }])], [['bn', 0]]));
    expect(distance(model.predict(x()) as tf.Tensor, inference(x()))).toBeLessThan(1e-5);
    await train(model);
    expect(averages(model, 'bn')).not.toEqual(initial);
  });

  it('is of one call of a layer that is called several times', async () => {
    const model = await load(
      functional(
        [input(), norm('bn', ['x', 0, { training: true }], ['x', 0], ['x', 0, { training: false }])],
        [
          ['bn', 2],
          ['bn', 0],
          ['bn', 1],
        ],
      ),
    );
    const [still, batch, usual] = model.predict(x()) as [tf.Tensor, tf.Tensor, tf.Tensor];
    expect(distance(batch, ofBatch(x()))).toBeLessThan(1e-5);
    for (const y of [still, usual]) expect(distance(y, inference(x()))).toBeLessThan(1e-5);
    const inTraining = tf.tidy(() => model.apply(x(), { training: true }) as tf.Tensor[]);
    expect(distance(inTraining[2] as tf.Tensor, ofBatch(x()))).toBeLessThan(1e-5);
    // The one call at rest of the three: its statistics are those that the others have moved, or not yet.
    expect(distance(inTraining[0] as tf.Tensor, ofBatch(x()))).toBeGreaterThan(0.1);
  });

  it('of a base model holds for all that is in it, and its weights train', async () => {
    const base = functional(
      [
        input(),
        norm('inner', ['x', 0]),
        layer('Dropout', 'drop', { rate: 0.9 }, ['inner', 0]),
        layer('Dense', 'dense', { units: 3, kernel_initializer: { class_name: 'Identity', config: { gain: 1 } } }, [
          'drop',
          0,
        ]),
        norm('own', ['dense', 0, { training: true }]),
      ],
      [['own', 0]],
      'base',
      [[['x', 0, 0, { training: false }]]] as never,
    );
    const model = await load(functional([input(), base, norm('after', ['base', 1])], [['after', 0]]));
    const expected = meanSquare(ofBatch(ofBatch(inference(x()))));
    expect(await train(model)).toBeCloseTo(expected, 4);
    const within = model.getLayer('base') as tf.LayersModel;
    expect(averages(within, 'inner')).toEqual(initial);
    expect(averages(within, 'own')).not.toEqual(initial);
    const kernel = weightOf(within.getLayer('dense'), 'kernel');
    expect(valuesOf(kernel)).not.toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  });

  it('is obeyed by a Dropout that drops at inference', async () => {
    const model = await load(
      functional([input(), layer('Dropout', 'drop', { rate: 0.5 }, ['x', 0, { training: true }])], [['drop', 0]]),
    );
    const ones = tf.ones([20, 3]);
    expect(new Set(valuesOf(model.predict(ones) as tf.Tensor))).toEqual(new Set([0, 2]));
  });

  it('is kept when the model is saved again', async () => {
    const model = await load(functional([input(), norm('bn', ['x', 0, { training: true }])], [['bn', 0]]));
    const again = await loadKerasModel(await saved(model));
    expect(distance(again.predict(x()) as tf.Tensor, ofBatch(x()))).toBeLessThan(1e-5);
    const byTensorFlow = await tf.loadLayersModel(await saved(model));
    expect(distance(byTensorFlow.predict(x()) as tf.Tensor, ofBatch(x()))).toBeLessThan(1e-5);
  });

  it('is kept by tf.loadLayersModel for a base model that holds a batch norm', async () => {
    const base = functional([input(), norm('inner', ['x', 0])], [['inner', 0]], 'base', [
      [['x', 0, 0, { training: true }]],
    ] as never);
    const model = await load(functional([input(), base], [['base', 1]]));
    const again = await tf.loadLayersModel(await saved(model));
    expect(distance(again.predict(x()) as tf.Tensor, ofBatch(x()))).toBeLessThan(1e-5);
  });

  it('is kept by foldBatchNorm', async () => {
    const base = functional([input(), norm('inner', ['x', 0])], [['inner', 0]], 'base', [
      [['x', 0, 0, { training: true }]],
    ] as never);
    const dense = layer('Dense', 'dense', { units: 3, kernel_initializer: { class_name: 'Ones', config: {} } }, [
      'base',
      1,
    ]);
    const dropout = layer('Dropout', 'drop', { rate: 0.5 }, ['own', 0, { training: true }]);
    const model = await load(
      functional(
        [input(), base, dense, norm('own', ['dense', 0]), dropout],
        [
          ['base', 1],
          ['drop', 0],
        ],
      ),
    );
    const { model: copy, folded, left } = foldBatchNorm(model);
    expect(folded).toEqual([{ batchNorm: 'own', into: 'dense' }]);
    expect(left.map(({ layer: path }) => path)).toEqual(['base/inner']);
    const [ofBase, dropped] = copy.predict(x()) as [tf.Tensor, tf.Tensor];
    expect(distance(ofBase, ofBatch(x()))).toBeLessThan(1e-5);
    expect(valuesOf(dropped)).toContain(0);
  });

  it('leaves no tensors', async () => {
    const model = await load(
      functional(
        [input(), norm('a', ['x', 0, { training: true }]), norm('b', ['a', 0, { training: false }])],
        [['b', 0]],
      ),
    );
    await train(model);
    const [batch, target] = [x(), tf.zeros([6, 3])];
    const before = tf.memory().numTensors;
    tf.dispose(model.predict(batch));
    await model.trainOnBatch(batch, target);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ['training', 'x', "training = 'x'"],
    ['use_causal_mask', true, 'use_causal_mask = true'],
    ['return_attention_scores', true, 'return_attention_scores = true'],
  ])('is refused with the argument %s = %s, which nobody would obey', (name, value, text) => {
    const topology = functional([input(), norm('bn', ['x', 0, { [name]: value }])], [['bn', 0]]);
    expect(() => convertKerasConfig(topology)).toThrow(
      `layer 'bn': is called with ${text}, which TensorFlow.js does not hand to the layer.`,
    );
  });
});

describe('training, elsewhere', () => {
  it('is not taken from a Keras 3 file, where fit and predict win', async () => {
    const bn = keras3Layer(
      'BatchNormalization',
      'bn',
      { axis: 1, momentum: 0.5, epsilon: 0.001, center: true, scale: true },
      [call([kerasTensor('in')], { training: true, mask: null })],
    );
    const topology = keras3Functional(
      'net',
      [keras3Input('in', [null, 4]), bn, keras3Dense('d', 1, [call([kerasTensor('bn')])])],
      [['in', 0, 0]],
      [['d', 0, 0]],
    );
    const model = await loadKerasModel(tf.io.fromMemory({ modelTopology: topology as never }));
    const norm = tf.model({ inputs: model.inputs, outputs: model.getLayer('bn').output });
    const four = numbers([6, 4], 3);
    expect(distance(norm.predict(four) as tf.Tensor, tf.div(four, Math.sqrt(1.001)))).toBeLessThan(1e-5);
  });

  it('is obeyed by a batch norm that a program calls in this way', () => {
    const x = tf.input({ shape: [3] });
    const bn = batchNormalization({ epsilon: 0.01 });
    const model = tf.model({ inputs: x, outputs: bn.apply(x, { training: true }) as tf.SymbolicTensor });
    const batch = numbers([6, 3], 1, 2, 1);
    expect(distance(model.predict(batch) as tf.Tensor, ofBatch(batch))).toBeLessThan(1e-5);
  });

  it('is obeyed by a model with a batch norm that a program calls in this way', async () => {
    const x = tf.input({ shape: [3] });
    const base = tf.sequential({ layers: [batchNormalization({ name: 'inner', inputShape: [3], epsilon: 0.01 })] });
    const outer = tf.sequential({ name: 'base', layers: [base] });
    const model = tf.model({ inputs: x, outputs: outer.apply(x, { training: false }) as tf.SymbolicTensor });
    expect(await train(model)).toBeCloseTo(meanSquare(inference(numbers([6, 3], 1, 2, 1))), 4);
    expect(averages(base, 'inner')).toEqual(initial);
  });

  it('changes no model of stock layers', () => {
    const x = tf.input({ shape: [3] });
    const bn = tf.layers.batchNormalization({ epsilon: 0.01 });
    const model = tf.model({ inputs: x, outputs: bn.apply(x, { training: true }) as tf.SymbolicTensor });
    const batch = numbers([6, 3], 1, 2, 1);
    expect(distance(model.predict(batch) as tf.Tensor, inference(batch))).toBeLessThan(1e-5);
  });
});
