import '@normkit/backend-cpu';
import '@normkit/backend-wasm';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  accelerate,
  BatchNormalization,
  ContribInstanceNormalization,
  convertKerasConfig,
  foldBatchNorm,
  LayerNormalization,
  loadKerasModel,
} from '../src/index.ts';
import { inMemory } from './keras-files.ts';
import { largestDifference } from './models.ts';
import { areModelsHere, fromFiles, readConfig } from './shared-models.ts';

beforeEach(() => tf.setBackend('cpu'));

type Topology = Parameters<typeof tf.models.modelFromJSON>[0];

/** The class of TensorFlow.js's own layer, which importing this package replaced for loading. */
const stock = Object.getPrototypeOf(tf.layers.batchNormalization({ name: 'stock' })).constructor as Parameters<
  typeof tf.serialization.registerClass
>[0];

async function loadWithStockLayers(handler: tf.io.IOHandler): Promise<tf.LayersModel> {
  tf.serialization.registerClass(stock);
  try {
    return await tf.loadLayersModel(handler);
  } finally {
    tf.serialization.registerClass(BatchNormalization);
  }
}

describe.skipIf(!areModelsHere)('models that others published (the folder beside the project)', () => {
  const crepe = () => fromFiles('crepe_batchnorm.layers.json', 'crepe_weights');
  const frames = () => tf.randomNormal([3, 1024], 0, 1, 'float32', 7);

  it.each(['cpu', 'wasm'])(
    'crepe predicts the same with stock layers, with ours by either loader, accelerated and folded, on %s',
    async (backend) => {
      await tf.setBackend(backend);
      const reference = await loadWithStockLayers(crepe());
      const isOurs = (model: tf.LayersModel) =>
        model.layers.filter((layer) => layer instanceof BatchNormalization).length;
      expect(isOurs(reference)).toBe(0);
      const expected = reference.predict(frames()) as tf.Tensor;
      const loaded = await loadKerasModel(crepe());
      const plain = await tf.loadLayersModel(crepe());
      const { model: folded, folded: list, fused, left } = foldBatchNorm(loaded);
      expect([isOurs(loaded), isOurs(plain)]).toEqual([6, 6]);
      expect(accelerate(reference).replaced).toHaveLength(6);
      // The activation of each convolution is between it and its batch norm, and the next convolution pads with zeros.
      expect(list).toEqual([{ batchNorm: 'crepe_conv6_BN', into: 'crepe_classifier' }]);
      expect(fused.map(({ batchNorm }) => batchNorm)).toEqual(
        [1, 2, 3, 4, 5].map((number) => `crepe_conv${number}_BN`),
      );
      expect(fused[0]?.why).toBe(
        'the activation relu of crepe_conv1 is between; crepe_conv2 (Conv2D) pads with zeros, to which the batch normalization would add.',
      );
      expect(left).toEqual([]);
      for (const model of [loaded, plain, reference, folded]) {
        expect(largestDifference(model.predict(frames()) as tf.Tensor, expected)).toBeLessThan(1e-5);
      }
    },
  );

  it('the 129 layers of keras-contrib load with their own arithmetic, and predict', async () => {
    const config = readConfig('keras_contrib_instancenorm_super_resolution.keras.json');
    const x = tf.randomUniform([1, 4, 4, 3], 0, 1, 'float32', 3);
    for (const topology of [config, convertKerasConfig(config)]) {
      const model = await tf.models.modelFromJSON(structuredClone(topology) as Topology);
      expect(model.layers.filter((layer) => layer instanceof ContribInstanceNormalization)).toHaveLength(129);
      expect(
        model.layers.find((layer) => layer instanceof ContribInstanceNormalization)?.getWeights()[0]?.shape,
      ).toEqual([1]);
      const y = model.predict(x) as tf.Tensor;
      expect([y.shape, y.dataSync().every(Number.isFinite)]).toEqual([[1, 16, 16, 3], true]);
      model.dispose();
    }
  });

  it('DTLN loads, with its two functions written here, and predicts', async () => {
    /** What `fftLayer` and `ifftLayer` of the published Python code do with a block of one frame. */
    class Lambda extends tf.layers.Layer {
      static className = 'Lambda';
      readonly function: string;
      constructor({ function: name, ...args }: { function: string; name: string }) {
        super({ name: args.name });
        this.function = name;
      }
      override computeOutputShape(): tf.Shape | tf.Shape[] {
        return this.function === 'fftLayer'
          ? [
              [1, 1, 257],
              [1, 1, 257],
            ]
          : [1, 1, 512];
      }
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
        const [first, phase, mask] = [inputs].flat() as [tf.Tensor, tf.Tensor, tf.Tensor];
        return tf.tidy(() => {
          if (this.function === 'fftLayer') {
            const spectrum = tf.spectral.rfft(tf.expandDims(first, 1));
            return [tf.abs(spectrum), tf.atan2(tf.imag(spectrum), tf.real(spectrum))];
          }
          const magnitude = tf.mul(first, mask);
          return tf.spectral.irfft(tf.complex(tf.mul(magnitude, tf.cos(phase)), tf.mul(magnitude, tf.sin(phase))));
        });
      }
    }
    const config = readConfig('dtln_layernorm.keras.json');
    expect(() => convertKerasConfig(config)).toThrow("layer 'lambda': no class 'Lambda' is registered");
    tf.serialization.registerClass(Lambda as never);
    try {
      // With weights at hand no initializer runs: the four orthogonal ones take a minute.
      const lstm = (name: string, inputs: number) => ({
        [`${name}/kernel`]: [inputs, 512],
        [`${name}/recurrent_kernel`]: [128, 512],
        [`${name}/bias`]: [512],
      });
      const shapes: Record<string, number[]> = {
        ...lstm('lstm', 257),
        ...lstm('lstm_1', 128),
        'dense/kernel': [128, 257],
        'dense/bias': [257],
        'conv1d/kernel': [1, 512, 256],
        'layer_normalization/gamma': [256],
        'layer_normalization/beta': [256],
        ...lstm('lstm_2', 256),
        ...lstm('lstm_3', 128),
        'dense_1/kernel': [128, 256],
        'dense_1/bias': [256],
        'conv1d_1/kernel': [1, 256, 512],
      };
      const weights = Object.entries(shapes).map(([name, shape], index) => [
        name,
        tf.randomNormal(shape, 0, 0.1, 'float32', index),
      ]);
      const model = await loadKerasModel(inMemory(config as Record<string, unknown>, Object.fromEntries(weights)));
      const norm = model.getLayer('layer_normalization') as LayerNormalization;
      expect(norm).toBeInstanceOf(LayerNormalization);
      expect([norm.axis, norm.epsilon]).toEqual([[2], 9.999999999999998e-15]);
      const y = model.predict(tf.randomNormal([1, 512], 0, 0.1, 'float32', 3)) as tf.Tensor;
      expect(y.shape).toEqual([1, 1, 512]);
      expect(y.dataSync().every(Number.isFinite)).toBe(true);
    } finally {
      delete tf.serialization.SerializationMap.getMap().classNameMap['Lambda'];
    }
  });
});
