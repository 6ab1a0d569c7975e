import '@normkit/backend-cpu';
import { batchNormalization, loadKerasModel } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { saved } from './saved-model.ts';

type Artifacts = tf.io.ModelArtifacts & { weightSpecs: tf.io.WeightsManifestEntry[] };
type Edit = (artifacts: Artifacts) => unknown;
type Json = Record<string, unknown>;

let trained: Artifacts;

/** A layer that is called twice, a batch norm, a wrapper, and Adam after three steps. */
beforeAll(async () => {
  await tf.setBackend('cpu');
  const input = tf.input({ shape: [4] });
  const shared = tf.layers.dense({ units: 4, name: 'shared' });
  const twice = shared.apply(shared.apply(input)) as tf.SymbolicTensor;
  const norm = batchNormalization({ name: 'norm' }).apply(twice) as tf.SymbolicTensor;
  const model = tf.model({
    inputs: input,
    outputs: tf.layers.dense({ units: 1, name: 'last' }).apply(norm) as tf.SymbolicTensor,
  });
  model.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError', metrics: ['mse'] });
  await model.fit(tf.ones([8, 4]), tf.ones([8, 1]), { epochs: 3, verbose: 0 });
  trained = (await (await saved(model, { includeOptimizer: true })).load?.()) as Artifacts;
  model.optimizer.dispose();
  model.dispose();
});

const copy = (edit: Edit): Artifacts => {
  const { weightData, ...rest } = trained;
  const artifacts = {
    ...structuredClone(rest),
    weightData: tf.io.CompositeArrayBuffer.join(weightData as ArrayBuffer),
  } as Artifacts;
  edit(artifacts);
  return artifacts;
};
const left = () => ({
  tensors: tf.memory().numTensors,
  variables: Object.keys(tf.engine().state.registeredVariables).sort(),
});
const layerConfig = (artifacts: Artifacts, name: string): Json => {
  const { layers } = (artifacts.modelTopology as { config: { layers: { name: string; config: Json }[] } }).config;
  return layers.find((layer) => layer.name === name)?.config ?? {};
};
const spec = ({ weightSpecs }: Artifacts, name: string, group?: string): tf.io.WeightsManifestEntry =>
  weightSpecs.find((entry) => entry.name === name && entry.group === group) as tf.io.WeightsManifestEntry;
const state = (artifacts: Artifacts, name: string) => spec(artifacts, name, 'optimizer');
const optimizer = ({ trainingConfig }: Artifacts) =>
  (trainingConfig?.optimizer_config ?? {}) as unknown as { class_name: string; config: Json };
const own = (artifacts: Artifacts, name: string) =>
  artifacts.weightSpecs.find(
    (entry) => entry.name === name && entry.group !== 'optimizer',
  ) as tf.io.WeightsManifestEntry;

const messages: Record<string, [said: string, edit: Edit]> = {
  'the topology is none': ['the file: expected class_name and config', (a) => Object.assign(a, { modelTopology: {} })],
  'a class is not registered': [
    "no class 'Custom>Dense'",
    (a) =>
      Object.assign((a.modelTopology as { config: { layers: Json[] } }).config.layers[1] ?? {}, {
        class_name: 'Custom>Dense',
      }),
  ],
  'a layer refuses its settings': [
    "layer 'last' cannot be built",
    (a) => Object.assign(layerConfig(a, 'last'), { units: -3 }),
  ],
  'an argument is unknown': [
    "BatchNormalization norm: there is no argument 'gama'",
    (a) => Object.assign(layerConfig(a, 'norm'), { gama: 1 }),
  ],
  'an initializer is unknown': [
    "layer 'last' cannot be built",
    (a) => Object.assign(layerConfig(a, 'last'), { kernel_initializer: 'toString' }),
  ],
  'a layer does not fit the one before': [
    "layer 'shared' cannot be built",
    (a) => Object.assign(layerConfig(a, 'shared'), { units: 3 }),
  ],
  'a weight would be huge': [
    "layer 'last', weight kernel: of shape [4,1000000000]",
    (a) => Object.assign(layerConfig(a, 'last'), { units: 1e9 }),
  ],
  'a name cannot be that of a variable': [
    'cannot be built',
    (a) => Object.assign(layerConfig(a, 'last'), { name: 'l st' }),
  ],
  'the optimizer is unknown': [
    'trainingConfig: the model cannot be compiled',
    (a) => Object.assign(optimizer(a), { class_name: 'Adamant' }),
  ],
  'the optimizer lacks a setting': [
    'trainingConfig: the model cannot be compiled',
    (a) => delete optimizer(a).config['beta2'],
  ],
  'the learning rate is none': [
    'the learning rate must be a finite number',
    (a) => Object.assign(optimizer(a).config, { learning_rate: null }),
  ],
  'the loss is unknown': [
    'trainingConfig: the model cannot be compiled',
    (a) => Object.assign(a.trainingConfig ?? {}, { loss: 'none' }),
  ],
  'the loss is a property of objects': [
    'trainingConfig: the model cannot be compiled as the file says: there is no toString.',
    (a) => Object.assign(a.trainingConfig ?? {}, { loss: 'toString' }),
  ],
  'a metric is unknown': [
    'trainingConfig: the model cannot be compiled',
    (a) => Object.assign(a.trainingConfig ?? {}, { metrics: ['none'] }),
  ],
  'the metadata are none': [
    'userDefinedMetadata: the model cannot be given',
    (a) => Object.assign(a, { userDefinedMetadata: 3 }),
  ],
  'the manifest is none': ['the manifest: expected an array', (a) => Object.assign(a, { weightSpecs: {} })],
  'a weight is null': [
    'the manifest: expected a name for weight 1. Got null',
    (a) => a.weightSpecs.splice(1, 1, null as never),
  ],
  'a weight has no shape': [
    "layer 'last', weight bias: expected a shape of integers, 0 or more. Got undefined",
    (a) => delete (own(a, 'last/bias') as { shape?: unknown }).shape,
  ],
  'a shape is negative': [
    'expected a shape of integers, 0 or more. Got [-4,1]',
    (a) => Object.assign(own(a, 'last/kernel'), { shape: [-4, 1] }),
  ],
  'a shape is NaN': ['Got [NaN]', (a) => Object.assign(own(a, 'last/bias'), { shape: [Number.NaN] })],
  'a shape is huge': [
    'expected 4e+300 bytes',
    (a) => Object.assign(own(a, 'last/bias'), { shape: Array(20).fill(1e15) }),
  ],
  'a weight has text': ["has dtype 'string'", (a) => Object.assign(own(a, 'last/bias'), { dtype: 'string' })],
  'a group is unknown': [
    "has group 'optimiser'; expected model or optimizer",
    (a) => Object.assign(own(a, 'last/bias'), { group: 'optimiser' }),
  ],
  'a weight is quantized as floats are not': [
    "is quantized as 'int8'",
    (a) => Object.assign(own(a, 'last/bias'), { quantization: { dtype: 'int8' } }),
  ],
  'the data are text': ['expected an ArrayBuffer', (a) => Object.assign(a, { weightData: 'abc' })],
  'there are no data': ['the manifest: lists', (a) => Object.assign(a, { weightData: undefined })],
  'there is no manifest': ['the manifest: lists no weights', (a) => Object.assign(a, { weightSpecs: undefined })],
  'a weight has integers': [
    "layer 'last', weight bias: expected dtype float32. Got int32",
    (a) => Object.assign(own(a, 'last/bias'), { dtype: 'int32' }),
  ],
  'a weight has another shape': [
    'expected shape [4,1]. Got [1,4]',
    (a) => Object.assign(own(a, 'last/kernel'), { shape: [1, 4] }),
  ],
  'a weight is called __proto__': [
    "weight '__proto__': has no place",
    (a) => Object.assign(own(a, 'last/bias'), { name: '__proto__' }),
  ],
  'a weight is called constructor': [
    "weight 'constructor': has no place",
    (a) => Object.assign(own(a, 'last/bias'), { name: 'constructor' }),
  ],
  'a weight is listed twice': [
    "layer 'last', weight kernel: is listed twice in the manifest. That layer has kernel [4,1] and bias [1]",
    (a) => Object.assign(own(a, 'last/bias'), { name: 'last/kernel' }),
  ],
  'a weight is in the wrong group': [
    "layer 'norm', weight moving_mean: expected shape [4]. Got nothing",
    (a) => Object.assign(own(a, 'norm/moving_mean'), { group: 'optimizer' }),
  ],
  'the state is the model’s': [
    "weight 'iter': has no place",
    (a) => Object.assign(state(a, 'iter'), { group: 'model' }),
  ],
  'the state has no number of steps': [
    "Adam's state: expected iter, the number of steps, first. Got 'step'",
    (a) => Object.assign(state(a, 'iter'), { name: 'step' }),
  ],
  'the number of steps is no integer': [
    'iter: expected dtype int32. Got float32',
    (a) => Object.assign(state(a, 'iter'), { dtype: 'float32' }),
  ],
  'the state has another shape': [
    "m of 'last/kernel': expected shape [4,1]. Got [4]",
    (a) => Object.assign(state(a, 'last/kernel/m'), { shape: [4] }),
  ],
  'the state has another dtype': [
    "v of 'last/kernel': expected dtype float32. Got int32",
    (a) => Object.assign(state(a, 'last/kernel/v'), { dtype: 'int32' }),
  ],
  'the state has another name': [
    "expected v of 'norm/gamma'. Got 'norm/gamma/w'",
    (a) => Object.assign(state(a, 'norm/gamma/v'), { name: 'norm/gamma/w' }),
  ],
  'the state has another order': [
    "expected m of 'shared/bias'. Got 'shared/bias/v'",
    (a) => {
      const [m, v] = [state(a, 'shared/bias/m'), state(a, 'shared/bias/v')];
      [m.name, v.name] = [v.name, m.name];
    },
  ],
  'the state is of fewer weights': [
    "Adam's state: expected 2 values for each of the 6 trainable weights. Got 11",
    (a) => {
      const index = a.weightSpecs.indexOf(state(a, 'last/bias/v'));
      a.weightSpecs.splice(index, 1);
      a.weightData = (a.weightData as ArrayBuffer).slice(0, -4);
    },
  ],
  'the state has no optimizer': [
    "the optimizer's state: the file has a state, but no training config",
    (a) => delete (a as { trainingConfig?: unknown }).trainingConfig,
  ],
};

describe('a load that fails leaves no tensor and no variable', () => {
  it.each(Object.entries(messages))('where %s', async (_, [said, edit]) => {
    const artifacts = copy(edit);
    const before = left();
    const error = await loadKerasModel(tf.io.fromMemory(artifacts)).then(
      () => new Error('it was loaded'),
      (reason: Error) => reason,
    );
    expect(`${error.name}: ${error.message}`).toMatch(
      /^NormkitError: \[normkit\] (loadKerasModel|convertKerasConfig|BatchNormalization)/,
    );
    expect(error.message).toContain(said);
    expect(error.message.length).toBeLessThan(1000);
    expect(left()).toEqual(before);
  });

  it('where a weight refuses its values, an optimizer its state, and where the report throws', async () => {
    class Refusing extends tf.layers.Layer {
      static className = 'Refusing';
      override build(shape: tf.Shape): void {
        tf.keep(tf.ones([2]));
        const weight = this.addWeight('w', [1], 'float32', tf.initializers.ones());
        super.build(shape);
        weight.write = () => {
          throw new RangeError('not these');
        };
      }
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
        return inputs;
      }
    }
    tf.serialization.registerClass(Refusing);
    const layers = [{ class_name: 'Refusing', config: { name: 'r', batch_input_shape: [null, 1] } }];
    const refused = tf.io.fromMemory({
      modelTopology: { class_name: 'Sequential', config: { name: 's', layers } },
      weightSpecs: [{ name: 'r/w', shape: [1], dtype: 'float32' }],
      weightData: new ArrayBuffer(4),
    });
    const { setWeights } = tf.AdamOptimizer.prototype;
    const before = left();
    await expect(loadKerasModel(refused)).rejects.toThrow("[normkit] loadKerasModel: layer 'r', weight w: not these");
    expect(left()).toEqual(before);
    tf.AdamOptimizer.prototype.setWeights = async function (state) {
      await setWeights.call(this, state);
      throw new Error('no more');
    };
    try {
      await expect(loadKerasModel(tf.io.fromMemory(copy(() => 0)))).rejects.toThrow(
        "loadKerasModel: Adam's state: no more",
      );
    } finally {
      tf.AdamOptimizer.prototype.setWeights = setWeights;
    }
    expect(left()).toEqual(before);
    const onReport = () => {
      throw new Error('mine');
    };
    await expect(loadKerasModel(tf.io.fromMemory(copy(() => 0)), { onReport })).rejects.toThrow('mine');
    expect(left()).toEqual(before);
  });

  it('and one that succeeds leaves what the model and its optimizer own', async () => {
    const before = left();
    const model = await loadKerasModel(tf.io.fromMemory(copy(() => 0)));
    expect(left().variables.length - before.variables.length).toBe(8 + 2 + 12);
    await model.fit(tf.ones([8, 4]), tf.ones([8, 1]), { epochs: 1, verbose: 0 });
    const again = await loadKerasModel(await saved(model, { includeOptimizer: true }));
    const x = tf.randomNormal([3, 4], 0, 1, 'float32', 5);
    expect((again.predict(x) as tf.Tensor).dataSync()).toEqual((model.predict(x) as tf.Tensor).dataSync());
  });
});

describe("an optimizer's state is read back, to the same next step", () => {
  const optimizers: Record<string, () => tf.Optimizer> = {
    sgd: () => tf.train.sgd(0.1),
    momentum: () => tf.train.momentum(0.1, 0.9),
    rmsprop: () => tf.train.rmsprop(0.1),
    centered: () => tf.train.rmsprop(0.1, 0.9, 0.5, 1e-3, true),
    adagrad: () => tf.train.adagrad(0.1),
    adadelta: () => tf.train.adadelta(0.1),
    adam: () => tf.train.adam(0.1),
  };

  it.each(Object.entries(optimizers))('%s', async (_, make) => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [3], name: 'd' }), batchNormalization({ name: 'n' })],
    });
    model.compile({ optimizer: make(), loss: 'meanSquaredError' });
    const [x, y] = [tf.randomUniform([8, 3], 0, 1, 'float32', 1), tf.randomUniform([8, 2], 0, 1, 'float32', 2)];
    const train = async (net: tf.LayersModel) =>
      (await net.fit(x, y, { epochs: 3, shuffle: false, verbose: 0 })).history['loss'];
    const untrained = await loadKerasModel(await saved(model, { includeOptimizer: true }));
    expect(await train(untrained)).toEqual(await train(model));
    // The names of the first model's weights are taken: those of the second have numbers behind them.
    const restored = await loadKerasModel(await saved(untrained, { includeOptimizer: true }));
    expect(await train(restored)).toEqual(await train(model));
  });
});

describe('strict: false', () => {
  const warnings = async (edit: Edit, options: object = {}) => {
    const { warn } = console;
    const said: string[] = [];
    console.warn = (...text: unknown[]) => said.push(text.join(' '));
    try {
      const model = await loadKerasModel(tf.io.fromMemory(copy(edit)), { strict: false, ...options });
      return { said, model };
    } finally {
      console.warn = warn;
    }
  };
  const renamed: Edit = (a) => {
    for (const entry of a.weightSpecs) entry.name = entry.name.replace('norm/', 'norm_2/');
  };

  it('says once what was left out, what kept its initial value, and which layers have nothing of the file', async () => {
    const { said } = await warnings(renamed);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/left out.*: norm_2\/gamma, norm_2\/beta, norm_2\/moving_mean, .*norm_2\/gamma\/m/);
    expect(said[0]).toMatch(/initial values: norm\/gamma, norm\/beta, norm\/moving_mean and norm\/moving_variance;/);
    expect(said[0]).toContain('layers without any weight in the file: norm.');
    expect((await warnings(() => 0)).said).toEqual([]);
  });

  it('hands that to onReport instead, in strict mode too', async () => {
    const reports: unknown[] = [];
    const onReport = (report: unknown) => reports.push(report);
    const { said } = await warnings(renamed, { onReport });
    expect(said).toEqual([]);
    const gone = ['norm_2/gamma', 'norm_2/beta', 'norm_2/moving_mean', 'norm_2/moving_variance'];
    expect(reports).toEqual([
      {
        leftOut: expect.arrayContaining([...gone, 'iter', 'norm_2/gamma/m']),
        initial: gone.map((name) => name.replace('_2', '')),
        untouched: ['norm'],
      },
    ]);
    await warnings(() => 0, { onReport, strict: true });
    expect(reports[1]).toEqual({ leftOut: [], initial: [], untouched: [] });
    await warnings((a) => Object.assign(own(a, 'last/bias'), { name: 'last/kernel' }), { onReport });
    expect(reports[2]).toEqual({ leftOut: ['last/kernel'], initial: ['last/bias'], untouched: [] });
    await expect(warnings(() => 0, { onReport: 3 })).rejects.toThrow('onReport must be a function. Got 3.');
  });

  it('leaves out a state that is not the optimizer’s, and trains on', async () => {
    const { said, model } = await warnings((a) => Object.assign(state(a, 'last/kernel/m'), { shape: [4] }));
    expect(said[0]).toContain('iter, shared/kernel/m');
    await model.fit(tf.ones([8, 4]), tf.ones([8, 1]), { epochs: 1, verbose: 0 });
    expect(model.weights.map(({ shape }) => shape.length)).toEqual([2, 1, 1, 1, 2, 1, 1, 1]);
  });

  it('still refuses a weight of another shape or dtype', async () => {
    await expect(warnings((a) => Object.assign(own(a, 'last/kernel'), { shape: [1, 4] }))).rejects.toThrow('Got [1,4]');
    await expect(warnings((a) => Object.assign(own(a, 'last/bias'), { dtype: 'int32' }))).rejects.toThrow('Got int32');
  });
});

it.each([
  ['an empty Sequential', { class_name: 'Sequential', config: { name: 's', layers: [] } }, 'the model has no layers'],
  ['artifacts that are none', undefined, "the IOHandler's load must give an object"],
] as const)('%s is refused', async (_, modelTopology, said) => {
  const artifacts = modelTopology && { modelTopology };
  await expect(loadKerasModel({ load: () => Promise.resolve(artifacts as never) })).rejects.toThrow(
    `loadKerasModel: ${said}`,
  );
});

it('weights in a view are read from where it begins', async () => {
  const view = new Uint8Array(12).fill(7);
  view.set(new Uint8Array(new Float32Array([3, 5]).buffer), 2);
  const model = await loadKerasModel({
    load: () =>
      Promise.resolve({
        modelTopology: {
          class_name: 'Sequential',
          config: [{ class_name: 'Dense', config: { name: 'd', units: 1, batch_input_shape: [null, 1] } }],
        } as object,
        weightSpecs: ['kernel', 'bias'].map((name) => ({
          name: `d/${name}`,
          shape: name === 'bias' ? [1] : [1, 1],
          dtype: 'float32' as const,
        })),
        weightData: view.subarray(2, 10) as unknown as ArrayBuffer,
      }),
  });
  expect(model.getWeights().map((weight) => weight.dataSync()[0])).toEqual([3, 5]);
});
