import '@normkit/backend-cpu';
import {
  batchNormalization,
  convertKerasConfig,
  groupNormalization,
  layerNormalization,
  loadKerasModel,
} from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { distance } from './values.ts';

beforeAll(() => tf.setBackend('cpu'));

type Json = Record<string, unknown>;
type Topology = Parameters<typeof tf.models.modelFromJSON>[0];

const fromJson = (json: unknown) => tf.models.modelFromJSON(structuredClone(json) as Topology);
const camel = (key: string) => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
/** The same values in every model, whatever its initializers are. Variances are positive. */
function fill(model: tf.LayersModel): tf.LayersModel {
  model.setWeights(
    model.getWeights().map(({ shape }, index) => tf.randomUniform(shape, 0.25, 1, 'float32', index + 1)),
  );
  return model;
}
function outputs(model: tf.LayersModel): tf.Tensor[] {
  const inputs = model.inputs.map(({ shape }, index) =>
    tf.randomNormal(
      shape.map((extent) => extent ?? 3),
      1,
      2,
      'float32',
      index + 1,
    ),
  );
  return [fill(model).predict(inputs)].flat();
}

/** Writes each key of a topology in one of two ways, as `choose` says in turn. */
function respell(value: unknown, choose: () => boolean): unknown {
  if (Array.isArray(value)) return value.map((entry) => respell(entry, choose));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [choose() ? camel(key) : key, respell(entry, choose)]),
  );
}

/** The ways to say of which shape the input is: TensorFlow.js reads all of them, in a first layer and an InputLayer. */
function reshape(config: Json, way: number): void {
  const shape = config['batch_input_shape'] as (number | null)[];
  if (way > 0) delete config['batch_input_shape'];
  if (way === 1) config['input_shape'] = shape.slice(1);
  if (way === 2) Object.assign(config, { input_shape: shape.slice(1), batch_size: shape[0] });
  if (way === 3) Object.assign(config, { batchInputShape: shape });
}

const layers = {
  dense: () => tf.layers.dense({ units: 4, activation: 'hardSigmoid', kernelRegularizer: 'l1l2' }),
  batch: () => batchNormalization({ axis: -1, momentum: 0.5 }),
  group: () => groupNormalization({ groups: 2 }),
  layer: () => layerNormalization({ axis: -1 }),
  dropout: () => tf.layers.dropout({ rate: 0.5 }),
  leaky: () => tf.layers.leakyReLU({ alpha: 0.25 }),
  prelu: () => tf.layers.prelu({}),
  nested: () => tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [4] }), batchNormalization()] }),
} as const;
const images = {
  conv: () => tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', kernelConstraint: 'maxNorm' }),
  separable: () => tf.layers.separableConv2d({ filters: 4, kernelSize: 1, depthMultiplier: 2 }),
  depthwise: () => tf.layers.depthwiseConv2d({ kernelSize: 2, padding: 'same' }),
  up: () => tf.layers.upSampling2d({ size: [1, 1], interpolation: 'bilinear' }),
  pool: () => tf.layers.maxPooling2d({ poolSize: 2, strides: 1, padding: 'same' }),
  batch: () => batchNormalization({ axis: 3 }),
  first: () => tf.layers.permute({ dims: [1, 2, 3] }),
} as const;
const steps = {
  lstm: () => tf.layers.lstm({ units: 4, returnSequences: true, recurrentActivation: 'hardSigmoid' }),
  both: () =>
    tf.layers.bidirectional({
      layer: tf.layers.gru({ units: 2, returnSequences: true }) as tf.RNN,
      mergeMode: 'concat',
    }),
  each: () => tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 4 }) }),
  cells: () => tf.layers.rnn({ cell: [tf.layers.simpleRNNCell({ units: 4 })], returnSequences: true }),
  layer: () => layerNormalization(),
} as const;

function chainOf(makers: readonly (() => tf.layers.Layer)[], shape: number[], functional: boolean): tf.LayersModel {
  const input = tf.input({ shape });
  const first = tf.layers.inputLayer({ inputShape: shape });
  const list = makers.map((make) => make());
  if (!functional) return tf.sequential({ layers: [first, ...list] });
  const last = list.reduce((tensor, layer) => layer.apply(tensor) as tf.SymbolicTensor, input as tf.SymbolicTensor);
  const sum = tf.layers.add().apply([last, last]) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: [sum, last] });
}

describe('what tf.models.modelFromJSON loads, convertKerasConfig leaves meaning the same', () => {
  const kind = (makers: Readonly<Record<string, () => tf.layers.Layer>>, shape: number[]) =>
    fc.record({
      makers: fc
        .array(fc.constantFrom(...Object.keys(makers)), { minLength: 1, maxLength: 4 })
        .map((names) => names.map((name) => makers[name] as () => tf.layers.Layer)),
      shape: fc.constant(shape),
    });
  const models = fc.oneof(kind(layers, [4]), kind(images, [4, 5, 4]), kind(steps, [3, 4]));

  it('however its keys are spelled, and in whichever way it says its shape', async () => {
    await fc.assert(
      fc.asyncProperty(
        models,
        fc.boolean(),
        fc.infiniteStream(fc.boolean()),
        fc.integer({ min: 0, max: 3 }),
        fc.boolean(),
        fc.boolean(),
        async ({ makers, shape }, functional, choices, way, hasInput, hasVersion) => {
          const { class_name, config, keras_version } = chainOf(makers, shape, functional).toJSON(
            null,
            false,
          ) as unknown as {
            class_name: string;
            keras_version: string;
            config: { layers: { config: Json }[] };
          };
          if (!hasInput && !functional && config.layers[1] && !('layers' in config.layers[1].config)) {
            config.layers[1].config['batch_input_shape'] = [null, ...shape];
            config.layers.shift();
          }
          if (config.layers[0]) reshape(config.layers[0].config, way);
          // Without its version Keras may have written it, whose bilinear images are others.
          const version = hasVersion || JSON.stringify(config).includes('bilinear') ? { keras_version } : {};
          const topology = respell({ class_name, config, ...version }, () => choices.next().value === true);
          // TensorFlow.js itself asks for these two at the top as they are.
          const before = JSON.stringify(topology);
          const [stock, converted, loaded] = [
            await fromJson(topology),
            await fromJson(convertKerasConfig(topology)),
            await loadKerasModel(tf.io.fromMemory({ modelTopology: topology as object })),
          ];
          expect(JSON.stringify(topology)).toBe(before);
          const expected = outputs(stock);
          for (const model of [converted, loaded]) {
            expect(outputs(model).map((y, index) => distance(y, expected[index] as tf.Tensor))).toEqual(
              expected.map(() => 0),
            );
            expect(model.layers.map(({ trainable }) => trainable)).toEqual(
              stock.layers.map(({ trainable }) => trainable),
            );
            model.dispose();
          }
          stock.dispose();
        },
      ),
      { numRuns: 120, seed: 4 },
    );
  });

  it('where it was written by hand, with two layers without a name', async () => {
    for (const first of [
      { input_shape: [3] },
      { inputShape: [3] },
      { batchInputShape: [null, 3] },
      { batch_input_shape: [null, 3] },
      { inputShape: [3], batchSize: 1 },
    ]) {
      const topology = {
        class_name: 'Sequential',
        config: {
          layers: [
            { class_name: 'Dense', config: { units: 2, use_bias: true, kernelInitializer: 'ones', ...first } },
            { className: 'BatchNormalization', config: { axis: -1, momentum: 0.99, epsilon: 0.001 } },
            { class_name: 'Dense', config: { units: 1, kernelInitializer: 'ones' } },
          ],
        },
      };
      const model = await fromJson(convertKerasConfig(topology));
      expect(model.inputs[0]?.shape).toEqual([first.batchSize ?? null, 3]);
      const [value = 0] = (model.predict(tf.ones([1, 3])) as tf.Tensor).dataSync();
      expect(value).toBeCloseTo(6 / Math.sqrt(1.001), 5);
    }
  });

  it('where the first layer knows its shape by itself', async () => {
    for (const first of [
      { class_name: 'Embedding', config: { inputDim: 5, outputDim: 2, inputLength: 3 } },
      { class_name: 'Embedding', config: { input_dim: 5, output_dim: 2 } },
      { class_name: 'Dense', config: { units: 2, inputDim: 3 } },
      { class_name: 'Dense', config: { units: 2, input_dim: 3 } },
    ]) {
      const norm = { class_name: 'LayerNormalization', config: { axis: -1 } };
      const topology = { class_name: 'Sequential', config: { layers: [first, norm] } };
      const [stock, model] = [await fromJson(topology), await fromJson(convertKerasConfig(topology))];
      expect(model.inputs[0]?.shape).toEqual(stock.inputs[0]?.shape);
      expect(model.outputs[0]?.shape).toEqual(stock.outputs[0]?.shape);
    }
  });

  it("and keeps an application's own settings as TensorFlow.js reads them", () => {
    const config = { name: 'own', batchInputShape: [null, 2], numRBFs: 3, fooBar: 1, foo_bar: 2, L1weight: 4, _x: 5 };
    class Own extends tf.layers.Layer {
      static className = 'Own';
    }
    tf.serialization.registerClass(Own);
    const { config: converted } = convertKerasConfig({
      class_name: 'Sequential',
      config: [{ class_name: 'Own', config }],
    });
    const {
      layers: [entry],
    } = converted as { layers: { config: Json }[] };
    expect(Object.keys(entry?.config ?? {}).map(camel)).toEqual([
      'name',
      'batchInputShape',
      'numRBFs',
      'fooBar',
      'L1weight',
      'X',
    ]);
    expect(entry?.config).toMatchObject({ foo_bar: 2 });
  });
});
