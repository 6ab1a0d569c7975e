import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { saved } from './saved-model.ts';
import { fromConfig } from './values.ts';

/** What a layer is expected to be and do. */
export interface LayerTest {
  readonly name: string;
  /** A new layer, with the same arguments each time. */
  readonly create: () => tf.layers.Layer;
  /** Of one sample. */
  readonly inputShape: readonly number[];
  /** Of one sample, where it is not the input's. */
  readonly outputShape?: readonly number[];
  /** The shape of each weight, in order, by its name without the layer's. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
  /** The weights that an optimizer changes. */
  readonly trained: readonly string[];
  /** The weights that a step of training changes by itself. */
  readonly moved?: readonly string[];
  /** How many regularizers there are. Default: none. */
  readonly losses?: number;
  /** Axes, counted with the batch, whose extent a model may leave open. */
  readonly openAxes?: readonly number[];
  /** Whether masks are handed on. Default: true. */
  readonly passesMasks?: boolean;
}

const batch = 6;

/**
 * The one test of every layer, in the manner of Keras's `run_layer_test`: on the current backend, shapes and data types,
 * weights and losses, configuration, saving and loading, a step of training, freezing, masks, mixed symbolic and eager
 * calls, and that nothing is left in memory.
 */
export function runLayerTest(backend: string, test: LayerTest): void {
  const { name, create, weights, trained, moved = [], losses = 0 } = test;
  const outputShape = [...(test.outputShape ?? test.inputShape)];
  const names = Object.keys(weights);
  const data = () => tf.randomNormal([batch, ...test.inputShape], 1, 2, 'float32', 7);
  const modelOf = (layer: tf.layers.Layer) => {
    const input = tf.input({ shape: [...test.inputShape] });
    const output = tf.layers.dense({ units: 2 }).apply(layer.apply(input)) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: output });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    return model;
  };
  const targets = () => tf.randomNormal([batch, ...outputShape.slice(0, -1), 2], 0, 1, 'float32', 11);
  /** Trains one step, and says which weights of the layer are others. */
  const trainStep = async (layer: tf.layers.Layer) => {
    const model = modelOf(layer);
    const [x, y] = [data(), targets()];
    const before = values(layer);
    await model.trainOnBatch(x, y);
    const after = values(layer);
    tf.dispose([x, y]);
    return { model, changed: names.filter((key) => String(before.get(key)) !== String(after.get(key))) };
  };

  describe(`${name} on ${backend}`, () => {
    it('has these weights, of these shapes and in this order, and these losses', () => {
      const layer = create();
      layer.apply(tf.input({ shape: [...test.inputShape] }));
      expect(shapes(layer)).toEqual(weights);
      expect(layer.weights.map(baseName)).toEqual(names);
      expect(layer.trainableWeights.map(baseName)).toEqual(trained);
      expect(layer.nonTrainableWeights.map(baseName)).toEqual(names.filter((key) => !trained.includes(key)));
      expect(layer.losses).toHaveLength(losses);
      for (const loss of layer.calculateLosses()) expect(loss.shape).toEqual([]);
      expect(layer.name).toMatch(/^[a-z][A-Za-z0-9_]*$/);
      layer.dispose();
    });

    it('gives the output its shape and float32, for symbols and for values', () => {
      const layer = create();
      const symbol = layer.apply(tf.input({ shape: [...test.inputShape] })) as tf.SymbolicTensor;
      expect([symbol.shape, symbol.dtype]).toEqual([[null, ...outputShape], 'float32']);
      const y = tf.tidy(() => layer.apply(data()) as tf.Tensor);
      expect([y.shape, y.dtype]).toEqual([[batch, ...outputShape], 'float32']);
      expect(y.dataSync().every(Number.isFinite)).toBe(true);
      expect(layer.computeOutputShape([batch, ...test.inputShape])).toEqual([batch, ...outputShape]);
      tf.dispose(y);
      layer.dispose();
    });

    it('computes the same when called with values as in a model, and shares its weights with all calls', () => {
      const layer = create();
      tf.tidy(() => {
        const eager = layer.apply(data()) as tf.Tensor;
        const input = tf.input({ shape: [...test.inputShape] });
        const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
        expect((model.predict(data()) as tf.Tensor).dataSync()).toEqual(eager.dataSync());
        expect((layer.apply(data()) as tf.Tensor).dataSync()).toEqual(eager.dataSync());
        expect(layer.weights.map(baseName)).toEqual(names);
      });
      for (const weight of layer.weights) weight.dispose();
    });

    const { openAxes = [] } = test;
    const isOpen = (index: number) => openAxes.includes(index + 1);
    const whenOpen = openAxes.length > 0 ? it : () => undefined;
    whenOpen(`takes inputs whose axes ${openAxes} are open`, () => {
      const layer = create();
      const open = test.inputShape.map((size, index) => (isOpen(index) ? null : size));
      const symbol = layer.apply(tf.input({ shape: open })) as tf.SymbolicTensor;
      expect(symbol.shape).toEqual([null, ...open]);
      const larger = test.inputShape.map((size, index) => (isOpen(index) ? size + 3 : size));
      const y = tf.tidy(() => layer.apply(tf.ones([2, ...larger])) as tf.Tensor);
      expect(y.shape).toEqual([2, ...larger]);
      tf.dispose(y);
      layer.dispose();
    });

    it('is made again by its config, which is JSON', () => {
      const layer = create();
      const config = layer.getConfig();
      expect(JSON.parse(JSON.stringify(config))).toEqual(config);
      const again = remade(layer);
      expect(again.getConfig()).toEqual(config);
      expect(again.getClassName()).toBe(layer.getClassName());
    });

    it('is saved and loaded, config and weights, to the same bits', async () => {
      const { model } = await trainStep(create());
      const loaded = await tf.loadLayersModel(await saved(model));
      tf.tidy(() => {
        expect((loaded.predict(data()) as tf.Tensor).dataSync()).toEqual(
          (model.predict(data()) as tf.Tensor).dataSync(),
        );
      });
      // The names of layers are made new; config and class are the same.
      expect(loaded.layers.map((layer) => [layer.getClassName(), layer.getConfig()])).toEqual(
        model.layers.map((layer) => [layer.getClassName(), layer.getConfig()]),
      );
      model.dispose();
      loaded.dispose();
    });

    it('changes what it should in a step of training, and nothing else', async () => {
      const { model, changed } = await trainStep(create());
      expect(changed).toEqual(names.filter((key) => trained.includes(key) || moved.includes(key)));
      model.dispose();
    });

    it('changes nothing while it is frozen', async () => {
      const layer = create();
      const { model } = await trainStep(layer);
      layer.trainable = false;
      const frozen = await trainStep(layer);
      expect(frozen.changed).toEqual([]);
      expect(layer.trainableWeights).toEqual([]);
      expect(layer.weights.filter(({ trainable }) => trainable)).toEqual([]);
      layer.trainable = true;
      const { changed } = await trainStep(layer);
      expect(changed.filter((key) => trained.includes(key))).toEqual(trained);
      model.optimizer.dispose();
    });

    it('is frozen from the start where it is made so', () => {
      const layer = remade(create(), { trainable: false });
      layer.apply(tf.input({ shape: [...test.inputShape] }));
      expect(layer.trainable).toBe(false);
      expect(layer.trainableWeights).toEqual([]);
      expect(layer.weights.map(baseName).sort()).toEqual([...names].sort());
      expect(layer.weights.filter(({ trainable }) => trainable)).toEqual([]);
      layer.dispose();
    });

    it('hands masks on', () => {
      const layer = create();
      layer.apply(tf.input({ shape: [...test.inputShape] }));
      expect(layer.supportsMasking).toBe(test.passesMasks ?? true);
      if (layer.supportsMasking) {
        const mask = tf.ones([batch, test.inputShape[0] ?? 1], 'bool');
        expect(layer.computeMask(tf.zeros([batch, ...test.inputShape]), mask)).toBe(mask);
      }
      layer.dispose();
    });

    it('leaves nothing in memory', async () => {
      const [x, y] = [data(), targets()];
      // Some tensors are made once for all: a first round takes them out of the count.
      for (const round of [0, 1]) {
        const before = tf.memory().numTensors;
        const layer = create();
        expect(tf.memory().numTensors - before).toBe(0);
        const model = modelOf(layer);
        const weightCount = tf.memory().numTensors;
        tf.dispose(model.predict(x));
        tf.dispose(layer.apply(x, { training: true }) as tf.Tensor);
        tf.dispose(layer.apply(x) as tf.Tensor);
        expect(tf.memory().numTensors).toBe(weightCount);
        await model.fit(x, y, { epochs: 2, verbose: 0 });
        expect(tf.memory().numTensors).toBe(weightCount);
        model.dispose();
        if (round === 1) expect(tf.memory().numTensors).toBe(before);
      }
      tf.dispose([x, y]);
    });

    it('says whose weight has the wrong shape', () => {
      const layer = create();
      layer.apply(tf.input({ shape: [...test.inputShape] }));
      for (const weight of layer.weights) {
        const wrong = tf.zeros([...weight.shape.map((size) => (size ?? 0) + 1), 1]);
        // The wrapped layer of a wrapper is TensorFlow.js's.
        if (ownWeight(layer, weight)) expect(() => weight.write(wrong)).toThrow(layer.name);
        expect(() => layer.setWeights(layer.weights.map((own) => (own === weight ? wrong : own.read())))).toThrow(
          `${layer.name}: its weight ${baseName(weight)} has shape [${weight.shape}]. Got [${wrong.shape}]`,
        );
        wrong.dispose();
      }
      const count = names.length;
      expect(() => layer.setWeights([tf.zeros([1]), ...layer.weights.map((own) => own.read())])).toThrow(
        `the layer has ${count} weights`,
      );
      layer.dispose();
    });

    it('refuses an argument that it does not have, and a call before it is built', () => {
      const layer = create();
      const cls = layer.constructor as new (args: object) => tf.layers.Layer;
      const x = tf.zeros([batch, ...test.inputShape]);
      expect(() => layer.call(x, {})).toThrow(`${layer.name}: the layer is not built yet`);
      x.dispose();
      expect(() => new cls({ groupz: 3 })).toThrow("there is no argument 'groupz'");
      const before = tf.memory().numTensors;
      expect(() => new cls(3 as never)).toThrow('the arguments must be one object. Got 3');
      expect(tf.memory().numTensors).toBe(before);
    });
  });
}

/** A layer of the same config, with changes. */
function remade(layer: tf.layers.Layer, changes: object = {}): tf.layers.Layer {
  return fromConfig(layer.constructor as new () => tf.layers.Layer, { ...layer.getConfig(), ...changes });
}

function ownWeight(layer: tf.layers.Layer, weight: tf.LayerVariable): boolean {
  const { layer: inner } = layer as unknown as { layer?: tf.layers.Layer };
  return !inner?.weights.includes(weight);
}

/** `gamma` of `group_normalization_1/gamma`. */
function baseName({ originalName }: tf.LayerVariable): string {
  return originalName.slice(originalName.indexOf('/') + 1);
}

function shapes(layer: tf.layers.Layer): Record<string, readonly number[]> {
  return Object.fromEntries(layer.weights.map((weight) => [baseName(weight), weight.shape as number[]]));
}

function values(layer: tf.layers.Layer): Map<string, readonly number[]> {
  return new Map(layer.weights.map((weight) => [baseName(weight), Array.from(weight.read().dataSync())]));
}
