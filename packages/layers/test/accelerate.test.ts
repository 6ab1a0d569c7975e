import '@normkit/backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { accelerate, BatchNormalization, LayerNormalization, layerNormalization } from '../src/index.ts';
import { largestDifference, randomizeWeights } from './models.ts';
import { saved } from './saved-model.ts';

beforeAll(() => tf.setBackend('cpu'));

const { layers } = tf;

/** A stock layer of each kind, in a graph with a model and a wrapper in it. */
function build(): tf.LayersModel {
  const inner = tf.sequential({
    name: 'inner',
    layers: [
      layers.dense({ units: 6, inputShape: [4], name: 'd' }),
      layers.batchNormalization({ name: 'inner_bn', momentum: 0.7 }),
    ],
  });
  const x = tf.input({ shape: [3, 4], name: 'x' });
  const steps = layers.timeDistributed({ layer: inner, name: 'steps' }).apply(x);
  const a = layers.timeDistributed({ layer: layers.layerNormalization({ name: 'each' }), name: 'again' }).apply(steps);
  const b = layers.layerNormalization({ name: 'ln', axis: [1, 2], epsilon: 0.01, gammaRegularizer: 'l1l2' }).apply(a);
  const c = layers.batchNormalization({ name: 'bn', epsilon: 0.02, betaConstraint: 'nonNeg' }).apply(b);
  const y = layers
    .dense({ units: 2, name: 'head' })
    .apply(layers.flatten({ name: 'flat' }).apply(c)) as tf.SymbolicTensor;
  const model = tf.model({ inputs: x, outputs: y, name: 'net' });
  randomizeWeights(model, 31);
  return model;
}

const input = (seed: number) => tf.randomNormal([8, 3, 4], 0.5, 1.5, 'float32', seed);
const target = () => tf.randomNormal([8, 2], 0, 1, 'float32', 5);

async function train(model: tf.LayersModel, epochs: number): Promise<number[]> {
  const { history } = await model.fit(input(1), target(), { epochs, batchSize: 4, shuffle: false, verbose: 0 });
  return history['loss'] as number[];
}

const compile = (model: tf.LayersModel) => {
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
  return model;
};

function expectClose(received: number[], expected: number[]): void {
  expect(received).toHaveLength(expected.length);
  for (const [index, value] of expected.entries()) {
    expect(Math.abs((received[index] ?? Number.NaN) - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
  }
}

describe('accelerate', () => {
  it('replaces stock layers in graphs, models within models and wrappers, and the output stays', () => {
    const model = build();
    const before = model.predict(input(2)) as tf.Tensor;
    const instance = model.getLayer('ln');
    expect(instance).not.toBeInstanceOf(LayerNormalization);
    expect(accelerate(model)).toEqual({ replaced: ['steps/inner/inner_bn', 'again/each', 'ln', 'bn'], left: [] });
    expect(model.getLayer('ln')).toBe(instance);
    expect(instance).toBeInstanceOf(LayerNormalization);
    expect(model.getLayer('bn')).toBeInstanceOf(BatchNormalization);
    expect(largestDifference(model.predict(input(2)) as tf.Tensor, before)).toBeLessThan(1e-5);
  });

  it("runs this package's ops from then on", async () => {
    const model = build();
    const kernels = async () => (await tf.profile(() => model.predict(input(2)) as tf.Tensor)).kernelNames;
    expect(await kernels()).toContain('FusedBatchNorm');
    accelerate(model);
    expect(await kernels()).toContain('NormkitForward');
    expect(await kernels()).not.toContain('FusedBatchNorm');
  });

  it('goes on training as the stock model would have, with the state of its optimizer', async () => {
    const [stock, ours] = [compile(build()), compile(build())];
    expect(await train(ours, 3)).toEqual(await train(stock, 3));
    const variables = ours.weights.map((weight) => weight.read());
    const optimizer = ours.optimizer;
    accelerate(ours);
    expectClose(await train(ours, 4), await train(stock, 4));
    expect(ours.optimizer).toBe(optimizer);
    expect(ours.weights.map((weight) => weight.read())).toEqual(variables);
  });

  it('keeps names, the summary, the config and what is saved', async () => {
    const model = build();
    const lines = () => {
      const printed: string[] = [];
      model.summary(undefined, undefined, (line) => printed.push(line));
      return printed;
    };
    const [summary, names] = [lines(), model.weights.map(({ name }) => name)];
    accelerate(model);
    expect(lines()).toEqual(summary);
    expect(model.weights.map(({ name }) => name)).toEqual(names);
    const restored = await tf.loadLayersModel(await saved(model));
    expect((restored.predict(input(3)) as tf.Tensor).dataSync()).toEqual(
      (model.predict(input(3)) as tf.Tensor).dataSync(),
    );
    expect(restored.getLayer('ln').getConfig()).toEqual(model.getLayer('ln').getConfig());
  });

  it('is harmless twice, and leaves no tensors', () => {
    const model = build();
    const before = tf.memory().numTensors;
    accelerate(model);
    expect(accelerate(model)).toEqual({ replaced: [], left: [] });
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
    expect(tf.memory().numTensors).toBeLessThan(before);
  });

  it('disposes as the stock model does', () => {
    const before = tf.memory().numTensors;
    const make = () =>
      tf.sequential({ layers: [layers.batchNormalization({ inputShape: [3] }), layers.layerNormalization()] });
    const model = make();
    accelerate(model);
    expect(model.dispose().numDisposedVariables).toBe(make().dispose().numDisposedVariables);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves frozen layers frozen, and their averages still', async () => {
    const model = tf.sequential({
      layers: [
        layers.batchNormalization({ inputShape: [3], trainable: false, name: 'frozen' }),
        layers.layerNormalization({ name: 'late' }),
        layers.dense({ units: 2 }),
      ],
    });
    randomizeWeights(model, 3);
    model.getLayer('late').trainable = false;
    compile(model);
    accelerate(model);
    expect(model.trainableWeights.map(({ originalName }) => originalName.split('/')[1])).toEqual(['kernel', 'bias']);
    const weights = () =>
      ['frozen', 'late'].flatMap((name) =>
        model
          .getLayer(name)
          .getWeights()
          .map((weight) => [...weight.dataSync()]),
      );
    const before = weights();
    await model.fit(tf.randomNormal([8, 3]), tf.randomNormal([8, 2]), { verbose: 0 });
    expect(weights()).toEqual(before);
    model.getLayer('late').trainable = true;
    compile(model);
    await model.fit(tf.randomNormal([8, 3]), tf.randomNormal([8, 2]), { verbose: 0 });
    expect(weights()).not.toEqual(before);
  });

  it.each([
    ['before', {}],
    ['after', {}],
    ['after', { scale: false, center: false }],
  ])('leaves averages still in a model that is frozen as a whole %s that (%j)', async (when, args) => {
    const base = tf.sequential({ layers: [layers.batchNormalization({ ...args, inputShape: [3] })] });
    const x = tf.input({ shape: [3] });
    const y = layers.dense({ units: 2 }).apply(base.apply(x)) as tf.SymbolicTensor;
    const model = tf.model({ inputs: x, outputs: y });
    if (when === 'before') base.trainable = false;
    accelerate(model);
    if (when === 'after') base.trainable = false;
    const before = base.getWeights().map((weight) => [...weight.dataSync()]);
    await compile(model).fit(tf.randomNormal([8, 3]), tf.randomNormal([8, 2]), { verbose: 0 });
    expect(base.getWeights().map((weight) => [...weight.dataSync()])).toEqual(before);
  });

  it('takes a layer that is not built yet, with all its settings', () => {
    const [stock, ours] = [0, 1].map(() =>
      layers.layerNormalization({
        axis: [1, 2],
        epsilon: 0.1,
        center: false,
        gammaInitializer: 'randomUniform',
        name: 'n',
      }),
    );
    if (!stock || !ours) return;
    accelerate(ours);
    const x = tf.randomNormal([2, 3, 5], 0, 1, 'float32', 1);
    stock.apply(x);
    ours.apply(x);
    ours.setWeights(stock.getWeights());
    expect(largestDifference(ours.apply(x) as tf.Tensor, stock.apply(x) as tf.Tensor)).toBeLessThan(1e-5);
  });

  it('trains batch norm without gamma or beta, which the stock layer cannot', async () => {
    const model = tf.sequential({
      layers: [layers.batchNormalization({ inputShape: [3], scale: false, center: false }), layers.dense({ units: 2 })],
    });
    compile(model);
    const fit = () => model.fit(tf.randomNormal([8, 3]), tf.randomNormal([8, 2]), { verbose: 0 });
    await expect(fit()).rejects.toThrow();
    accelerate(model);
    expect((await fit()).history['loss']).toHaveLength(1);
  });

  it('leaves and reports a stock layer with a setting that this package does not take', () => {
    const x = tf.input({ shape: [5, 5] });
    const swapped = layers.layerNormalization({ name: 'swapped', axis: [2, 1] });
    const negative = layers.batchNormalization({ name: 'negative', epsilon: -1 });
    const model = tf.model({ inputs: x, outputs: negative.apply(swapped.apply(x)) as tf.SymbolicTensor });
    const { replaced, left } = accelerate(model);
    expect(replaced).toEqual([]);
    expect(left.map(({ layer }) => layer)).toEqual(['swapped', 'negative']);
    expect(left[0]?.why).toContain('its axis [2,1] is not in ascending order');
    expect(left[1]?.why).toContain('epsilon must be a finite number');
    expect(swapped).not.toBeInstanceOf(LayerNormalization);
  });

  it('leaves a layer whose weights are not in the fields it knows', () => {
    const layer = layers.layerNormalization({ name: 'n' });
    layer.apply(tf.zeros([1, 3]));
    const { gamma, ...rest } = layer as unknown as { gamma: unknown };
    Object.assign(layer, rest, { gamma: undefined, multiplier: gamma });
    expect(accelerate(layer)).toMatchObject({
      replaced: [],
      left: [{ layer: 'n', why: expect.stringContaining('4.22') }],
    });
  });

  it('takes a layer with axes in another order as long as it has no weights', () => {
    const layer = layers.layerNormalization({ name: 'n', axis: [2, 1] });
    expect(accelerate(layer).replaced).toEqual(['n']);
    expect((layer.apply(tf.zeros([1, 3, 5])) as tf.Tensor).shape).toEqual([1, 3, 5]);
    expect(layer.getWeights()[0]?.shape).toEqual([3, 5]);
  });

  it('reaches the cells of recurrent layers, in both directions of a Bidirectional', () => {
    /** A recurrent cell whose state is normalized. */
    class NormalizedCell extends layers.RNNCell {
      static className = 'NormalizedCell';
      readonly stateSize = 3;
      readonly norm = layers.layerNormalization({ name: 'norm' });
      override build(): void {
        this.norm.build([null, 3]);
        this.built = true;
      }
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
        const [x, state] = inputs as [tf.Tensor, tf.Tensor];
        const y = this.norm.apply(tf.add(x, state)) as tf.Tensor;
        return [y, y];
      }
    }
    class NormalizedRnn extends tf.RNN {
      static override className = 'NormalizedRnn';
      constructor(args: { name?: string; goBackwards?: boolean }) {
        super({ ...args, cell: new NormalizedCell({ name: 'cell' }), returnSequences: true });
      }
      static override fromConfig(cls: never, config: tf.serialization.ConfigDict): never {
        return new (cls as typeof NormalizedRnn)({ name: String(config['name']) }) as never;
      }
    }
    tf.serialization.registerClass(NormalizedRnn as never);
    const rnn = new NormalizedRnn({ name: 'rnn' });
    const model = tf.sequential({
      layers: [layers.bidirectional({ layer: rnn as never, mergeMode: 'concat', inputShape: [4, 3], name: 'both' })],
    });
    const x = tf.randomNormal([2, 4, 3], 0, 1, 'float32', 1);
    const before = model.predict(x) as tf.Tensor;
    expect(accelerate(model).replaced).toEqual(['both/forward_rnn/cell/norm', 'both/backward_rnn/cell/norm']);
    expect(largestDifference(model.predict(x) as tf.Tensor, before)).toBeLessThan(1e-5);
  });

  it("leaves an application's class of the same name, and this package's own layers", () => {
    class Own extends tf.layers.Layer {
      static className = 'LayerNormalization';
    }
    const model = tf.sequential({
      layers: [
        layers.dense({ units: 2, inputShape: [2] }),
        new Own({ name: 'own' }),
        layerNormalization({ name: 'ours' }),
      ],
    });
    const { replaced, left } = accelerate(model);
    expect(replaced).toEqual([]);
    expect(left.map(({ layer }) => layer)).toEqual(['own']);
  });

  it('does not move the default names of layers', () => {
    const number = () => Number(layers.layerNormalization().name.split('_').at(-1));
    const first = number();
    accelerate(tf.sequential({ layers: [layers.layerNormalization({ name: 'n', inputShape: [2] })] }));
    expect(number()).toBe(first + 1);
  });

  it('says what a model is', () => {
    expect(() => accelerate(undefined as never)).toThrow('[normkit] accelerate: model must be a model');
  });
});
