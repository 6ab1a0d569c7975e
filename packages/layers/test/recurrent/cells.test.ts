import '@normkit/backend-cpu';
import * as normkit from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { inMemory } from '../keras-files.ts';
import { randomizeWeights } from '../models.ts';
import { saved } from '../saved-model.ts';
import { distance, fromConfig, numbers, valuesOf } from '../values.ts';
import type { CellName } from './cell-definitions.ts';
import { cells, nameOf, type RNNCell } from './describe-cells.ts';

beforeAll(() => tf.setBackend('cpu'));

const names = Object.keys(cells) as CellName[];
/** Of three features and five units. */
const norm = (name: string, extent: number) => ({ [`${name}/gamma`]: [extent], [`${name}/beta`]: [extent] });
const weights: Readonly<Record<CellName, Record<string, number[]>>> = {
  LayerNormLSTMCell: {
    kernel: [3, 20],
    recurrent_kernel: [5, 20],
    bias: [20],
    ...norm('kernel_norm', 20),
    ...norm('recurrent_norm', 20),
    ...norm('state_norm', 5),
  },
  LayerNormSimpleRNNCell: { kernel: [3, 5], recurrent_kernel: [5, 5], bias: [5], gamma: [5] },
  LayerNormGRUCell: {
    kernel: [3, 15],
    recurrent_kernel: [5, 15],
    bias: [2, 15],
    ...norm('kernel_norm', 15),
    ...norm('recurrent_norm', 15),
  },
};

function modelOf(layer: tf.layers.Layer): tf.LayersModel {
  const model = tf.sequential();
  model.add(tf.layers.masking({ inputShape: [null, 3] }));
  model.add(layer);
  model.add(tf.layers.dense({ units: 1 }));
  model.compile({ optimizer: tf.train.adam(0.05), loss: 'meanSquaredError' });
  return model;
}

/** The layers that a cell can be in. */
const homes: readonly [string, (cell: (units: number) => RNNCell) => tf.layers.Layer][] = [
  ['a layer', (cell) => tf.layers.rnn({ cell: cell(5) })],
  ['a stack of two cells', (cell) => tf.layers.rnn({ cell: [cell(5), cell(4)] })],
  [
    'both directions',
    (cell) => tf.layers.bidirectional({ layer: tf.layers.rnn({ cell: cell(5) }), mergeMode: 'concat' }),
  ],
];

describe.each(names)('%s', (name) => {
  const create = (args: object = {}) => cells[name]({ units: 5, ...args });

  it('has these weights in this order, which belong to its layer', () => {
    const layer = tf.layers.rnn({ cell: create({ name: 'own' }), name: 'rnn' });
    layer.apply(tf.input({ shape: [null, 3] }));
    const shapes = layer.weights.map(({ originalName, shape }) => [originalName, shape]);
    expect(shapes).toEqual(Object.entries(weights[name]).map(([weight, shape]) => [`rnn/own/${weight}`, shape]));
    expect(layer.trainableWeights).toHaveLength(shapes.length);
    layer.trainable = false;
    expect(layer.trainableWeights).toHaveLength(0);
    tf.dispose(layer.getWeights());
  });

  it('without a bias has one weight less', () => {
    const layer = tf.layers.rnn({ cell: create({ useBias: false }) });
    layer.apply(tf.input({ shape: [null, 3] }));
    expect(layer.weights.map(nameOf)).toEqual(Object.keys(weights[name]).filter((weight) => weight !== 'bias'));
    expect((layer.apply(tf.ones([2, 4, 3])) as tf.Tensor).shape).toEqual([2, 5]);
  });

  it('is made again by its config, which is JSON', () => {
    const cell = create({
      activation: 'relu',
      useBias: false,
      dropout: 0.25,
      recurrentDropout: 0.5,
      kernelRegularizer: 'l2',
      recurrentConstraint: 'nonNeg',
      ...(name === 'LayerNormSimpleRNNCell'
        ? { layernormEpsilon: 0.5 }
        : { normEpsilon: 0.5, recurrentActivation: 'hard_sigmoid' }),
    });
    const config = cell.getConfig();
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
    const again = fromConfig(cell.constructor as new () => tf.layers.Layer, config);
    expect([again.getClassName(), again.getConfig()]).toEqual([cell.getClassName(), config]);
  });

  it.each(homes)('in %s learns from sequences of different lengths, is saved and loaded', async (_, home) => {
    const model = modelOf(home((units) => create({ units, dropout: 0.1, recurrentDropout: 0.1 })));
    const x = tf.mul(
      numbers([8, 6, 3], 1),
      tf.cast(tf.lessEqual(tf.range(0, 6).reshape([1, 6, 1]), tf.range(0, 8).reshape([8, 1, 1])), 'float32'),
    );
    const y = tf.sum(x, [1, 2]).tanh().reshape([8, 1]);
    const loss = () => valuesOf(model.evaluate(x, y) as tf.Scalar)[0] ?? Number.NaN;
    const before = loss();
    await model.fit(x, y, { epochs: 30, verbose: 0 });
    expect(loss()).toBeLessThan(before / 2);
    const expected = valuesOf(model.predict(x) as tf.Tensor);
    for (const load of [tf.loadLayersModel, normkit.loadKerasModel]) {
      const again = await load(await saved(model));
      expect(valuesOf(again.predict(x) as tf.Tensor)).toEqual(expected);
      expect(again.weights.map(({ shape }) => shape)).toEqual(model.weights.map(({ shape }) => shape));
    }
  });

  it.each(homes)('in %s gives a padded sequence what it gives the sequence by itself', (_, home) => {
    const model = modelOf(home((units) => create({ units })));
    randomizeWeights(model, 3);
    const short = numbers([1, 3, 3], 5);
    const padded = tf.pad(short, [
      [0, 0],
      [0, 4],
      [0, 0],
    ]);
    expect(distance(model.predict(padded) as tf.Tensor, model.predict(short) as tf.Tensor)).toBeLessThan(1e-6);
  });

  it('leaves nothing in memory, also after dropout', async () => {
    const [x, y] = [numbers([4, 3, 3], 1), tf.ones([4, 1])];
    for (const round of [0, 1]) {
      const before = tf.memory().numTensors;
      const model = modelOf(tf.layers.rnn({ cell: create({ dropout: 0.5, recurrentDropout: 0.5 }) }));
      await model.fit(x, y, { epochs: 1, verbose: 0 });
      const trained = tf.memory().numTensors;
      await model.fit(x, y, { epochs: 2, batchSize: 3, verbose: 0 });
      tf.dispose(model.predict(x));
      expect(tf.memory().numTensors).toBe(trained);
      model.dispose();
      model.optimizer.dispose();
      if (round === 1) expect(tf.memory().numTensors).toBe(before);
    }
  });

  it.each(['dropout', 'recurrentDropout'])(
    '%s is the same at each step of a call, another in the next, none at inference',
    (rate) => {
      const [cell, exact] = [create({ [rate]: 0.5 }), create()];
      for (const each of [cell, exact]) each.build([7, 3]);
      exact.setWeights(cell.getWeights());
      const states = [cell.stateSize].flat().map((extent, index) => numbers([7, extent], index));
      const inputs = [numbers([7, 3], 9), ...states];
      const output = (of: RNNCell, call: object) => valuesOf((of.call(inputs, call) as tf.Tensor[])[0] as tf.Tensor);
      const [first, second] = [{ training: true }, { training: true }];
      expect(output(cell, first)).toEqual(output(cell, first));
      expect(output(cell, second)).not.toEqual(output(cell, first));
      expect(output(cell, first)).not.toEqual(output(exact, {}));
      expect(output(cell, { training: false })).toEqual(output(exact, {}));
      expect(output(cell, {})).toEqual(output(exact, {}));
    },
  );

  it('drops as often as it says, and makes up for it', () => {
    const cell = create({
      units: 1,
      dropout: 0.25,
      useBias: false,
      kernelInitializer: 'ones',
      activation: 'linear',
    }) as unknown as { build(shape: tf.Shape): void; fromInput(x: tf.Tensor, call: object): tf.Tensor };
    cell.build([20000, 1]);
    const dropped = valuesOf(cell.fromInput(tf.ones([20000, 1]), { training: true })).filter(
      (_, index, all) => index % (all.length / 20000) === 0,
    );
    expect(new Set(dropped.map((value) => value.toFixed(4)))).toEqual(new Set(['0.0000', '1.3333']));
    expect(dropped.filter((value) => value === 0).length / dropped.length).toBeCloseTo(0.25, 1);
  });

  it('is called by itself too, with its states', () => {
    const [cell, inner] = [create(), create()];
    const states = [cell.stateSize].flat().map((extent, index) => numbers([2, extent], index));
    const inputs = [numbers([2, 3], 9), ...states];
    const [output, ...after] = cell.apply(inputs) as tf.Tensor[];
    expect(after.map(({ shape }) => shape)).toEqual(states.map(({ shape }) => shape));
    const layer = tf.layers.rnn({ cell: inner });
    layer.build([2, 1, 3]);
    inner.setWeights(cell.getWeights());
    const x = tf.expandDims(inputs[0] as tf.Tensor, 1);
    expect(valuesOf(layer.apply(x, { initialState: states }) as tf.Tensor)).toEqual(valuesOf(output as tf.Tensor));
    const symbols = cell.apply(inputs.map(({ shape }) => tf.input({ shape: shape.slice(1) }))) as tf.SymbolicTensor[];
    expect(symbols.map(({ shape }) => shape)).toEqual([output, ...after].map((value) => [null, value?.shape[1]]));
  });

  it('has one set of weights where two layers share it', () => {
    const cell = create();
    for (const _ of [0, 1]) tf.layers.rnn({ cell }).apply(tf.input({ shape: [null, 3] }));
    expect(cell.weights.map(({ shape }) => shape)).toEqual(Object.values(weights[name]));
  });

  it('keeps a constraint in training', async () => {
    const model = modelOf(tf.layers.rnn({ cell: create({ kernelConstraint: 'nonNeg', kernelInitializer: 'ones' }) }));
    model.compile({ optimizer: tf.train.sgd(50), loss: 'meanSquaredError' });
    await model.fit(numbers([8, 3, 3], 2), numbers([8, 1], 3), { epochs: 1, verbose: 0 });
    const [kernel] = model.getWeights();
    expect(Math.min(...valuesOf(kernel as tf.Tensor))).toBe(0);
  });

  it('says what is wrong with an argument or a call', () => {
    for (const units of [0, -1, 2.5, '5', undefined])
      expect(() => create({ units })).toThrow('units must be a positive integer');
    for (const rate of [1, -0.1, Number.NaN, '0.5']) {
      expect(() => create({ dropout: rate })).toThrow('dropout must be at least 0 and less than 1');
      expect(() => create({ recurrentDropout: rate })).toThrow('recurrentDropout must be at least 0 and less than 1');
    }
    expect(() => create({ activation: 'tanhh' })).toThrow("there is no activation 'tanhh'; use elu,");
    expect(() => create({ activation: 'zeros' })).toThrow(
      "activation must be an activation. Got 'zeros', an initializer",
    );
    expect(() => create({ useBias: 1 })).toThrow('useBias must be true or false');
    expect(() => create({ recurrent_dropout: 0 })).toThrow('in code it is written recurrentDropout');
    const cell = create();
    expect(() => cell.call([tf.ones([2, 3])], {})).toThrow('the layer is not built yet');
    expect(() => cell.build([null, 4, 3])).toThrow('the input of one step must be [batch, features]');
    expect(() => cell.build([null, null])).toThrow('with a defined number of features');
    cell.build([null, 3]);
    const count = 1 + [cell.stateSize].flat().length;
    expect(() => cell.call(tf.ones([2, 3]), {})).toThrow(
      `the cell takes ${count} tensors, the input and its states. Got 1; put`,
    );
  });

  it('has an activation of null for linear, in code and in a config', () => {
    const linear = { activation: 'linear' };
    expect(create({ activation: null }).getConfig()).toMatchObject(linear);
    const cls = create().constructor as new () => tf.layers.Layer;
    expect(fromConfig(cls, { units: 5, activation: null }).getConfig()).toMatchObject(linear);
    expect(fromConfig(cls, { units: 5 }).getConfig()).toMatchObject({ activation: 'tanh' });
    expect(create({ activation: 'silu' }).getConfig()).toMatchObject({ activation: 'swish' });
  });

  it('is a row of the table of normalizations', () => {
    const model = modelOf(tf.layers.rnn({ cell: create({ name: 'cell' }), name: 'rnn' }));
    const [row, ...others] = normkit.inspectNormalization(model);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ layer: 'rnn/cell', warnings: [] });
    expect(row?.lines.join()).toContain('5 units');
  });
});

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** An initializer as Addons writes it. TensorFlow.js writes Glorot's uniform one as what it is a case of. */
function asAddons(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { className, config } = value as { className: string; config: object };
  if (className !== 'VarianceScaling') return { class_name: className, config };
  expect(config).toMatchObject({ scale: 1, mode: 'fanAvg', distribution: 'uniform' });
  return { class_name: 'GlorotUniform', config: { seed: null } };
}

it.each([true, false])(
  'the bias of the forget gate of LayerNormLSTMCell is made as unitForgetBias: %s says',
  (unitForgetBias) => {
    const biasInitializer = { className: 'Constant', config: { value: 0.25 } };
    const cell = normkit.layerNormLSTMCell({ units: 2, unitForgetBias, biasInitializer });
    cell.build([null, 3]);
    const forget = unitForgetBias ? 1 : 0.25;
    expect(valuesOf(cell.getWeights()[2] as tf.Tensor)).toEqual([0.25, 0.25, forget, forget, 0.25, 0.25, 0.25, 0.25]);
  },
);

describe('what TensorFlow Addons saved', () => {
  const initializer = (class_name: string, config: object = {}) => ({ class_name, config });
  /** As `LayerNormLSTMCell(5).get_config()` of TensorFlow Addons gives it; its tests have it too. */
  const lstm = {
    name: 'layer_norm_lstm_cell',
    dtype: 'float32',
    trainable: true,
    units: 5,
    activation: 'tanh',
    recurrent_activation: 'sigmoid',
    use_bias: true,
    kernel_initializer: initializer('GlorotUniform', { seed: null }),
    recurrent_initializer: initializer('Orthogonal', { seed: null, gain: 1 }),
    bias_initializer: initializer('Zeros'),
    unit_forget_bias: true,
    kernel_regularizer: null,
    recurrent_regularizer: null,
    bias_regularizer: null,
    kernel_constraint: null,
    recurrent_constraint: null,
    bias_constraint: null,
    dropout: 0,
    recurrent_dropout: 0,
    implementation: 2,
    norm_gamma_initializer: initializer('Ones'),
    norm_beta_initializer: initializer('Zeros'),
    norm_epsilon: 1e-3,
  };
  const {
    unit_forget_bias: _,
    norm_gamma_initializer: __,
    norm_beta_initializer: ___,
    norm_epsilon: ____,
    recurrent_activation: _____,
    implementation: ______,
    name: _______,
    ...shared
  } = lstm;
  const simple = {
    ...shared,
    gamma_initializer: initializer('Ones'),
    gamma_regularizer: null,
    gamma_constraint: null,
    layernorm_epsilon: 1e-5,
  };
  const rnn = (cell: object) => ({
    class_name: 'RNN',
    config: {
      name: 'rnn',
      batch_input_shape: [null, null, 3],
      return_sequences: false,
      return_state: false,
      go_backwards: false,
      stateful: false,
      unroll: false,
      time_major: false,
      cell,
    },
  });
  const file = (cell: object) => ({
    class_name: 'Sequential',
    keras_version: '2.4.0',
    config: { name: 'sequential', layers: [rnn(cell)] },
  });
  const values = (name: CellName, place: (weight: string) => string) =>
    Object.fromEntries(
      Object.entries(weights[name]).map(([weight, shape], index) => [place(weight), numbers(shape, index, 0.5, 0.5)]),
    );

  it.each([
    ['LayerNormLSTMCell', lstm],
    ['LayerNormSimpleRNNCell', simple],
  ] as const)('%s has these defaults, and its config is read and written', (name, config) => {
    const cell = cells[name]({ units: 5 });
    const { dtype: _, implementation: __, name: ___, ...expected } = config as typeof lstm;
    const received = Object.fromEntries(
      Object.entries(cell.getConfig()).map(([key, value]) => [snakeCase(key), asAddons(value)]),
    );
    expect(received).toMatchObject(expected);
    expect(Object.keys(received).sort()).toEqual([...Object.keys(expected), 'name'].sort());
    const again = fromConfig(cell.constructor as new () => tf.layers.Layer, config);
    expect({ ...again.getConfig(), name: '' }).toEqual({ ...cell.getConfig(), name: '' });
  });

  it.each(['tf.loadLayersModel', 'loadKerasModel'])('is loaded by %s, with its weights', async (loader) => {
    const load = loader === 'loadKerasModel' ? normkit.loadKerasModel : tf.loadLayersModel;
    for (const [name, config, cell] of [
      ['LayerNormLSTMCell', lstm, 'layer_norm_lstm_cell'],
      ['LayerNormSimpleRNNCell', { ...simple, name: 'layer_norm_simple_rnn_cell' }, 'layer_norm_simple_rnn_cell'],
    ] as const) {
      const given = values(name, (weight) => `rnn/${cell}/${weight}`);
      const model = await load(inMemory(file({ class_name: `Addons>${name}`, config }), given));
      const layer = tf.layers.rnn({ cell: cells[name]({ units: 5 }) });
      layer.build([null, null, 3]);
      layer.setWeights(Object.values(given));
      const x = numbers([2, 4, 3], 1);
      expect(valuesOf(model.predict(x) as tf.Tensor)).toEqual(valuesOf(layer.apply(x) as tf.Tensor));
    }
  });

  it('is loaded with its package in registered_name, and with weights that do not name the cell', async () => {
    const given = values('LayerNormLSTMCell', (weight) => `rnn/${weight}`);
    const cell = { class_name: 'LayerNormLSTMCell', registered_name: 'Addons>LayerNormLSTMCell', config: lstm };
    const model = await normkit.loadKerasModel(inMemory(file(cell), given));
    expect(model.layers[0]?.getWeights().map(valuesOf)).toEqual(Object.values(given).map(valuesOf));
  });

  it('is loaded as a stack of cells', async () => {
    const stack = {
      class_name: 'StackedRNNCells',
      config: {
        name: 'stacked_rnn_cells',
        cells: [lstm, { ...lstm, name: 'layer_norm_lstm_cell_1' }].map((config) => ({
          class_name: 'Addons>LayerNormLSTMCell',
          config,
        })),
      },
    };
    const names = ['layer_norm_lstm_cell', 'layer_norm_lstm_cell_1'];
    const given = Object.fromEntries(
      // The second cell's input are the units of the first.
      names.flatMap((cell, layer) =>
        Object.entries(weights.LayerNormLSTMCell).map(([weight, shape], index) => [
          `rnn/stacked_rnn_cells/${cell}/${weight}`,
          numbers(weight === 'kernel' && layer === 1 ? [5, 20] : shape, 10 * layer + index),
        ]),
      ),
    );
    const reversed = Object.fromEntries(Object.entries(given).reverse());
    const model = await normkit.loadKerasModel(inMemory(file(stack), reversed));
    expect(model.layers[0]?.getWeights().map(valuesOf)).toEqual(Object.values(given).map(valuesOf));
  });

  it('computes what the tests of TensorFlow Addons expect', () => {
    const half = { className: 'Constant', config: { value: 0.5 } };
    const cell = () =>
      normkit.layerNormLSTMCell({
        units: 2,
        kernelInitializer: half,
        recurrentInitializer: half,
        biasInitializer: half,
        normEpsilon: 1e-12,
      });
    const stack = tf.layers.stackedRNNCells({ cells: [cell(), cell()] });
    stack.build([1, 2]);
    const state = (a: number, b: number) => tf.tensor2d([[a / 10, b / 10]]);
    // TensorFlow.js has the states of the last cell first.
    const inputs = [tf.ones([1, 2]), state(6, 7), state(4, 5), state(2, 3), state(0, 1)];
    const received = stack.call(inputs, {}) as tf.Tensor[];
    const h = [-0.47406167, 0.47406143];
    for (const [index, expected] of [h, h, [-1, 1], h, [-1, 1]].entries()) {
      expect(distance(received[index] as tf.Tensor, { shape: [1, 2], data: expected })).toBeLessThan(5e-6);
    }
  });
});
