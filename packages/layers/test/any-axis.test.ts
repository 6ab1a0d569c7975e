import '@normkit/backend-cpu';
import {
  batchNormalization,
  ContribInstanceNormalization,
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  rmsNormalization,
} from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { saved } from './saved-model.ts';
import { distance, numbers, valuesOf } from './values.ts';

beforeAll(() => tf.setBackend('cpu'));

type Create = (args: object) => tf.layers.Layer;

const creators: Record<string, Create> = {
  groupNormalization: (args) => groupNormalization({ groups: 1, ...args }),
  instanceNormalization,
  layerNormalization,
  rmsNormalization,
  batchNormalization,
};
const extents = [2, 3, 2, 5, 1, 4];

/** Which of the layer's weights a step of training changes. */
async function trainedBy(layer: tf.layers.Layer, shape: readonly number[]): Promise<boolean[]> {
  const input = tf.input({ shape: shape.slice(1) });
  const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const before = layer.weights.map((weight) => valuesOf(weight.read()));
  await model.trainOnBatch(numbers(shape, 1, 2, 3), numbers(shape, 2));
  const after = layer.weights.map((weight) => valuesOf(weight.read()));
  return after.map((values, index) => String(values) !== String(before[index]));
}

describe('layers along any axis', () => {
  for (const [name, create] of Object.entries(creators)) {
    it.each([2, 3, 4, 5, 6])(`${name} trains on inputs of rank %d, along each axis but the batch`, async (rank) => {
      const shape = extents.slice(0, rank);
      for (let axis = 1; axis < rank; axis++) {
        const layer = create({ axis });
        const changed = await trainedBy(layer, shape);
        // Where a statistic has one element there is nothing that gamma could multiply.
        const alone = rank === 2 && name === 'instanceNormalization';
        const single = name === 'layerNormalization' && shape[axis] === 1;
        expect(changed, `axis ${axis}`).toEqual(changed.map((_, index) => !((alone || single) && index === 0)));
        expect(layer.weights[0]?.shape, `axis ${axis}`).toEqual([shape[axis]]);
        const fromTheEnd = create({ axis: axis - rank });
        const x = numbers(shape, 4, 2, 3);
        const call = (of: tf.layers.Layer) => tf.tidy(() => of.apply(x, { training: true }) as tf.Tensor);
        fromTheEnd.build(shape);
        fromTheEnd.setWeights(layer.weights.map((weight) => weight.read()));
        expect(distance(call(fromTheEnd), call(layer)), `axis ${axis}`).toBe(0);
      }
    });
  }
});

describe('layers with gamma, beta, both or neither', () => {
  const all: Record<string, Create> = {
    ...creators,
    ContribInstanceNormalization: (args) => new ContribInstanceNormalization(args),
  };
  for (const [name, create] of Object.entries(all)) {
    if (name === 'rmsNormalization') continue;
    it.each([
      { center: true, scale: true, count: 2 },
      { center: true, scale: false, count: 1 },
      { center: false, scale: true, count: 1 },
      { center: false, scale: false, count: 0 },
    ])(`${name} trains with center $center and scale $scale`, async ({ center, scale, count }) => {
      const layer = create({ center, scale });
      expect(layer.computeOutputShape([null, 5, 4])).toEqual([null, 5, 4]);
      const model = tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [5, 3] }), layer] });
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const before = layer.trainableWeights.map((weight) => valuesOf(weight.read()));
      const dense = valuesOf(model.weights[0]?.read() ?? tf.scalar(0));
      await model.trainOnBatch(numbers([6, 5, 3], 1), numbers([6, 5, 4], 2));
      expect(layer.trainableWeights).toHaveLength(count);
      for (const [index, weight] of layer.trainableWeights.entries()) {
        expect(valuesOf(weight.read())).not.toEqual(before[index]);
      }
      expect(valuesOf(model.weights[0]?.read() ?? tf.scalar(0))).not.toEqual(dense);
    });
  }
});

describe('layers within layers', () => {
  it('work in a TimeDistributed layer, and are loaded with it', async () => {
    const layer = tf.layers.timeDistributed({ layer: groupNormalization({ groups: 2 }), inputShape: [3, 5, 4] });
    const model = tf.sequential({ layers: [layer] });
    const x = numbers([2, 3, 5, 4], 1, 2, 3);
    const y = model.predict(x) as tf.Tensor;
    const first = groupNormalization({ groups: 2 }).apply(tf.squeeze(tf.slice(x, [0, 0], [2, 1]), [1])) as tf.Tensor;
    expect(distance(tf.squeeze(tf.slice(y, [0, 0], [2, 1]), [1]), first)).toBe(0);
    const loaded = await tf.loadLayersModel(await saved(model));
    expect(distance(loaded.predict(x) as tf.Tensor, y)).toBe(0);
  });

  it('may be used at several places, with the same weights', async () => {
    const layer = layerNormalization();
    const input = tf.input({ shape: [4] });
    const twice = layer.apply(tf.layers.dense({ units: 4 }).apply(layer.apply(input))) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: twice });
    expect(model.weights).toHaveLength(4);
    const x = numbers([2, 4], 1);
    const loaded = await tf.loadLayersModel(await saved(model));
    expect(distance(loaded.predict(x) as tf.Tensor, model.predict(x) as tf.Tensor)).toBe(0);
  });
});
