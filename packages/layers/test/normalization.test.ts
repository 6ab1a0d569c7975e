import '@normkit/backend-cpu';
import * as normkit from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loaded } from './keras-configs.ts';
import { call, inMemory, keras3Functional, keras3Input, keras3Layer, kerasTensor } from './keras-files.ts';
import { saved } from './saved-model.ts';
import { distance, numbers, valuesOf, weightOf } from './values.ts';

beforeAll(() => tf.setBackend('cpu'));

const { normalization } = normkit;
const apply = (layer: tf.layers.Layer, x: tf.Tensor) => layer.apply(x) as tf.Tensor;

/** Mean and population variance in double precision, by definition: of the values for each index of these axes. */
function momentsByDefinition(
  x: tf.Tensor,
  axes: readonly number[],
): { mean: number[]; variance: number[]; count: number } {
  const channels = new Map<string, number[]>();
  const strides = x.shape.map((_, axis) => tf.util.sizeFromShape(x.shape.slice(axis + 1)));
  for (const [index, value] of x.dataSync().entries()) {
    const key = axes.map((axis) => Math.floor(index / (strides[axis] ?? 1)) % (x.shape[axis] ?? 1)).join();
    channels.set(key, [...(channels.get(key) ?? []), value]);
  }
  const all = [...channels.values()];
  const mean = all.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  const variance = all.map(
    (values, channel) => values.reduce((sum, value) => sum + (value - (mean[channel] ?? 0)) ** 2, 0) / values.length,
  );
  return { mean, variance, count: all[0]?.length ?? 0 };
}

describe('Normalization', () => {
  it('divides by the deviation what lies off the mean, as the examples of Keras do', async () => {
    const one = normalization({ axis: null });
    await one.adapt([1, 2, 3, 4, 5]);
    expect(distance(apply(one, tf.tensor1d([1, 2, 3])), tf.tensor1d([-Math.SQRT2, -Math.SQRT1_2, 0]))).toBeLessThan(
      1e-6,
    );
    const data = [
      [0, 7, 4],
      [2, 9, 6],
      [0, 7, 4],
      [2, 9, 6],
    ];
    const channels = normalization({ axis: -1 });
    await channels.adapt(data);
    expect(valuesOf(apply(channels, tf.tensor2d([[0, 7, 4]])))).toEqual([-1, -1, -1]);
    const given = normalization({ mean: 3, variance: 2 });
    expect(
      distance(apply(given, tf.tensor2d([[1], [2], [3]])), tf.tensor2d([[-Math.SQRT2], [-Math.SQRT1_2], [0]])),
    ).toBeLessThan(1e-6);
    const inverse = normalization({ invert: true });
    await inverse.adapt(data);
    expect(valuesOf(apply(inverse, tf.tensor2d([[1, 2, 3]])))).toEqual([2, 10, 8]);
  });

  it('takes a deviation of less than 1e-7 as 1e-7', () => {
    const x = tf.tensor2d([[3, 3 + 2 ** -20]]);
    for (const variance of [0, 1e-20]) {
      const layer = normalization({ mean: 3, variance });
      const [first, second] = valuesOf(apply(layer, x));
      expect(first).toBe(0);
      expect(second).toBeCloseTo(2 ** -20 / 1e-7, 4);
      expect(valuesOf(apply(normalization({ mean: 3, variance, invert: true }), tf.tensor2d([[0, 1]])))).toEqual([
        3,
        Math.fround(3 + 1e-7),
      ]);
    }
  });

  it.each([[-1], [1], [[1, 3]], [[-2, 2]], [[3, 1, 2]], [null]])(
    'adapts axis %j to tensors, batches and datasets, to the same statistics',
    async (axis) => {
      const x = numbers([7, 3, 5, 2], 3, 0.5, 40);
      const kept = axis === null ? [] : [...new Set([axis].flat().map((entry) => (entry + 4) % 4))].sort();
      if (axis !== null && kept.length < [axis].flat().length) {
        await expect(normalization({ axis }).adapt(x)).rejects.toThrow('axis');
        return;
      }
      const { mean, variance, count } = momentsByDefinition(x, kept);
      const parts = tf.split(x, [2, 4, 1]);
      const dataset = () =>
        tf.data
          .array(tf.unstack(x).map((sample) => sample.arraySync()))
          .batch(2)
          .map((batch) => ({ xs: batch as tf.Tensor, ys: tf.zeros([1]) }));
      for (const data of [x, x.arraySync(), parts, parts.map((xs) => ({ xs })), dataset()]) {
        const layer = normalization({ axis });
        await layer.adapt(data as normkit.AdaptSource);
        expect(layer.mean?.shape).toEqual(kept.map((index) => x.shape[index]));
        expect(distance(weightOf(layer, 'mean'), { shape: [], data: mean })).toBeLessThan(4e-6);
        expect(distance(weightOf(layer, 'variance'), { shape: [], data: variance })).toBeLessThan(1e-5);
        expect(valuesOf(weightOf(layer, 'count'))).toEqual([count]);
        const after = momentsByDefinition(apply(layer, x), kept);
        for (const value of after.mean) expect(Math.abs(value)).toBeLessThan(1e-4);
        for (const value of after.variance) expect(value).toBeCloseTo(1, 4);
      }
    },
  );

  it('keeps the variance of values far from 0, also over many batches', async () => {
    const x = tf.add(tf.mod(tf.range(0, 4000), 2), 100000);
    const layer = normalization({ axis: null });
    await layer.adapt(tf.split(x, 40));
    expect(valuesOf(weightOf(layer, 'mean'))).toEqual([100000.5]);
    expect(valuesOf(weightOf(layer, 'variance'))).toEqual([0.25]);
    await layer.adapt([1, 3]);
    expect(layer.weights.map((weight) => valuesOf(weight.read())[0])).toEqual([2, 1, 2]);
  });

  it('has gradients, and those of integers', () => {
    const layer = normalization({ mean: [1, 2], variance: [4, 16] });
    const gradient = tf.grad((x) => tf.sum(apply(layer, x)))(tf.ones([2, 2]));
    expect(valuesOf(gradient)).toEqual([0.5, 0.25, 0.5, 0.25]);
    expect(valuesOf(apply(layer, tf.tensor2d([[3, 6]], [1, 2], 'int32')))).toEqual([1, 1]);
  });

  it('is at home in inputs of many axes', () => {
    const x = numbers([2, 1, 3, 2, 1, 2, 2], 4);
    const layer = normalization({ axis: 2, mean: [1, 2, 3], variance: [1, 4, 16] });
    const expected = tf.div(
      tf.sub(tf.reshape(x, [2, 3, 8]), tf.tensor3d([1, 2, 3], [1, 3, 1])),
      tf.tensor3d([1, 2, 4], [1, 3, 1]),
    );
    expect(distance(apply(layer, x), tf.reshape(expected, x.shape))).toBeLessThan(1e-6);
  });

  it('broadcasts what it is given to the extents of its axes, as numpy does', () => {
    const x = tf.zeros([1, 2, 3]);
    const meanOf = (mean: normkit.StatisticsLike, axis: number[]) =>
      valuesOf(apply(normalization({ axis, mean, variance: 1 }), x)).map((value) => -value);
    expect(meanOf([1, 2, 3], [1, 2])).toEqual([1, 2, 3, 1, 2, 3]);
    expect(meanOf([[1], [2]], [1, 2])).toEqual([1, 1, 1, 2, 2, 2]);
    expect(meanOf([[[1, 2, 3]]], [2])).toEqual([1, 2, 3, 1, 2, 3]);
    expect(meanOf(new Float32Array([1, 2]), [1])).toEqual([1, 1, 1, 2, 2, 2]);
    for (const mean of [
      [1, 2],
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [],
    ]) {
      expect(() => meanOf(mean, [2])).toThrow('mean must broadcast to the extents of the axes, [3]');
    }
  });

  it('is saved with what it was given, and adapted statistics come back to the same bits', async () => {
    const adapted = normalization({ name: 'adapted' });
    await adapted.adapt(numbers([20, 3], 1, 2, 5));
    const model = tf.sequential({
      layers: [
        tf.layers.inputLayer({ inputShape: [3] }),
        adapted,
        normalization({ mean: new Float32Array([1, 2, 3]), variance: [[4, 5, 6]], invert: true }),
        normalization({ axis: null, mean: 0.5, variance: 2 }),
      ],
    });
    const x = numbers([4, 3], 2);
    for (const load of [tf.loadLayersModel, normkit.loadKerasModel]) {
      const again = await load(await saved(model));
      expect(valuesOf(again.predict(x) as tf.Tensor)).toEqual(valuesOf(model.predict(x) as tf.Tensor));
      expect(again.layers.slice(1).map((layer) => ({ ...layer.getConfig(), name: '' }))).toEqual(
        model.layers.slice(1).map((layer) => ({ ...layer.getConfig(), name: '' })),
      );
    }
  });

  it('is one row of the table of normalizations', () => {
    const model = tf.sequential({ layers: [normalization({ inputShape: [null, 3], name: 'norm' })] });
    expect(normkit.describeNormalization(model)).toContain('for each index of axis -1, which were given or adapted');
  });

  it('leaves nothing in memory', async () => {
    const x = numbers([6, 3], 1);
    const batches = tf.data.array([1, 2, 3, 4]).batch(2);
    for (const round of [0, 1]) {
      const before = tf.memory().numTensors;
      const layer = normalization({ axis: 1 });
      await layer.adapt(x);
      await layer.adapt(x.arraySync() as number[][]);
      expect(tf.memory().numTensors).toBe(before + 3);
      const one = normalization({ axis: null });
      await one.adapt(batches as unknown as normkit.AdaptSource);
      await expect(layer.adapt([tf.tensor2d([[1, 2, 3]]), 'x'] as never)).rejects.toThrow('data must be numbers');
      layer.dispose();
      one.dispose();
      if (round === 1) expect(tf.memory().numTensors).toBe(before + 1);
    }
  });
});

describe('Normalization refuses', () => {
  const wrong = (args: normkit.NormalizationArgs) => () => normalization({ name: 'norm', ...args });

  it('statistics that are not: negative, infinite, NaN, half, of no shape', () => {
    for (const value of [-0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(wrong({ mean: [1, 2], variance: [1, value] })).toThrow(
        `Normalization norm: the variance of each channel must be finite and not negative. Got ${value} for channel 1 of 2.`,
      );
    }
    expect(wrong({ mean: [Number.NaN, 2], variance: 1 })).toThrow(
      'the mean of each channel must be finite. Got NaN for channel 0 of 2',
    );
    expect(wrong({ mean: 1 })).toThrow('variance must be given with the other');
    expect(wrong({ variance: 1 })).toThrow('mean must be given with the other');
    expect(wrong({ mean: [[1, 2], [3]] as never, variance: 1 })).toThrow(
      'mean must be a number, or numbers in an array',
    );
    expect(wrong({ mean: 'x' as never, variance: 1 })).toThrow("Got 'x'");
    expect(wrong({ axis: 1.5 })).toThrow('axis must be an integer or an array of integers');
    expect(wrong({ invert: 1 as never })).toThrow('invert must be true or false');
  });

  it('inputs whose axis is open or out of bounds', () => {
    const build = (args: normkit.NormalizationArgs, shape: tf.Shape) => () => wrong(args)().build(shape);
    expect(build({}, [null, null])).toThrow('axis 1 of the input must have a defined extent');
    expect(build({ axis: 3 }, [null, 2])).toThrow('axis 3');
    expect(build({ axis: [1, -1] }, [null, 2])).toThrow('axis');
  });

  it('weights that are no statistics, from a call or a file', async () => {
    const layer = normalization({ name: 'norm', inputShape: [2] });
    const model = tf.sequential({ layers: [layer] });
    const set = (mean: number[], variance: number[]) => () =>
      layer.setWeights([tf.tensor1d(mean), tf.tensor1d(variance), tf.scalar(3, 'int32')]);
    expect(set([1, 2], [1, -1])).toThrow(
      'Normalization norm: the variance of each channel must be finite and not negative. Got -1 for channel 1 of 2.',
    );
    expect(set([1, Number.NaN], [1, 1])).toThrow('Normalization norm: the mean of each channel must be finite');
    const file = async () => (await (await saved(model)).load?.()) as tf.io.ModelArtifacts;
    const artifacts = await file();
    new Float32Array(artifacts.weightData as ArrayBuffer)[3] = Number.NaN;
    const before = tf.memory().numTensors;
    await expect(normkit.loadKerasModel(tf.io.fromMemory(artifacts))).rejects.toThrow('Got NaN for channel 1 of 2');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('data to adapt to that is none, does not fit, or is not finite, and keeps its statistics', async () => {
    const layer = normalization({ name: 'norm' });
    await layer.adapt([
      [1, 2],
      [3, 6],
    ]);
    const before = layer.getWeights().map(valuesOf);
    expect(before).toEqual([[2, 4], [1, 4], [2]]);
    const refusals: [unknown, string][] = [
      [[], 'Got'],
      [tf.zeros([0, 2]), 'there must be samples'],
      [[[1, 2, 3]], 'each sample must have the extents [2] along axis -1. Got shape [1,3]'],
      [[[1, 2], [3]], 'data must be numbers'],
      [[['a', 'b']], 'data must be numbers'],
      [null, 'data must be numbers'],
      [3, 'data must be numbers'],
      [tf.tensor(['a', 'b']), 'data must be numbers'],
      [tf.tensor2d([[1, Number.NaN]]), 'must be finite. Got NaN for channel 1 of 2'],
      [[tf.ones([2, 2]), tf.tensor2d([[Number.POSITIVE_INFINITY, 1]])], 'for channel 0 of 2'],
    ];
    for (const [data, message] of refusals) {
      await expect(layer.adapt(data as normkit.AdaptSource), message).rejects.toThrow(message);
      expect(layer.getWeights().map(valuesOf)).toEqual(before);
    }
    await expect(normalization({ mean: 1, variance: 1 }).adapt([[1]])).rejects.toThrow(
      'mean and variance were given as arguments',
    );
  });
});

describe('Normalization of a Keras file', () => {
  const statistics = (place: (name: string) => string) => ({
    [place('mean')]: tf.tensor1d([1, 2, 3, 4]),
    [place('variance')]: tf.tensor1d([1, 4, 9, 16]),
    [place('count')]: tf.scalar(1000),
  });
  const expected = (x: tf.Tensor) => tf.div(tf.sub(x, tf.tensor1d([1, 2, 3, 4])), tf.tensor1d([1, 2, 3, 4]));

  it('of Keras 2 has its axis in a list, and weights with its name', async () => {
    const config = {
      name: 'normalization',
      trainable: true,
      batch_input_shape: [null, 4],
      dtype: 'float32',
      axis: [-1],
      mean: null,
      variance: null,
      invert: false,
    };
    const json = {
      class_name: 'Sequential',
      keras_version: '2.11.0',
      config: { name: 's', layers: [{ class_name: 'Normalization', config }], build_input_shape: [null, 4] },
    };
    const x = numbers([3, 4], 1);
    for (const load of [tf.loadLayersModel, normkit.loadKerasModel]) {
      const model = await load(
        inMemory(
          json,
          statistics((name) => `normalization/${name}`),
        ),
      );
      expect(distance(model.predict(x) as tf.Tensor, expected(x))).toBeLessThan(1e-6);
      expect(valuesOf(model.getWeights()[2] as tf.Tensor)).toEqual([1000]);
      expect(model.getWeights()[2]?.dtype).toBe('int32');
    }
  });

  it('of Keras 3 has weights by number, of which the count is an integer', async () => {
    const nodes = [call([kerasTensor('in')])];
    const layers = [
      keras3Input('in', [null, 4]),
      keras3Layer('Normalization', 'norm', { axis: -1, invert: false, mean: null, variance: null }, nodes),
    ];
    const json = keras3Functional('net', layers, ['in', 0, 0], ['norm', 0, 0]);
    const weightSpecs = [
      { name: 'norm/0', shape: [4], dtype: 'float32' as const },
      { name: 'norm/1', shape: [4], dtype: 'float32' as const },
      { name: 'norm/2', shape: [], dtype: 'int32' as const },
    ];
    const weightData = new ArrayBuffer(36);
    new Float32Array(weightData).set([1, 2, 3, 4, 1, 4, 9, 16]);
    new Int32Array(weightData)[8] = 1000;
    const model = await normkit.loadKerasModel(tf.io.fromMemory({ modelTopology: json, weightSpecs, weightData }));
    const x = numbers([3, 4], 1);
    expect(distance(model.predict(x) as tf.Tensor, expected(x))).toBeLessThan(1e-6);
    expect(valuesOf(model.getWeights()[2] as tf.Tensor)).toEqual([1000]);
  });

  it('may have statistics in its config, and no axis at all', async () => {
    const given = await loaded('Normalization', { axis: [3], mean: [1, 2, 3, 4, 5, 6], variance: [1, 1, 1, 1, 1, 4] });
    expect(given.weights).toEqual([]);
    expect(valuesOf(apply(given, tf.ones([1, 1, 1, 6])))).toEqual([0, -1, -2, -3, -4, -2.5]);
    for (const axis of [null, []]) {
      const layer = await loaded('Normalization', {
        axis,
        mean: null,
        variance: null,
        build_input_shape: [null, 4, 5, 6],
      });
      expect(layer.weights.map(({ shape }) => shape)).toEqual([[], [], []]);
      expect(layer.getConfig()).toMatchObject({ axis: null, mean: null, variance: null });
    }
    const numpy = { class_name: '__numpy__', config: { value: [1, 2], dtype: 'float32' } };
    const config = {
      name: 'n',
      batch_input_shape: [null, 2],
      axis: { class_name: '__tuple__', items: [-1] },
      mean: numpy,
      variance: numpy,
    };
    const json = { class_name: 'Sequential', config: { name: 's', layers: [{ class_name: 'Normalization', config }] } };
    const model = await normkit.loadKerasModel(tf.io.fromMemory({ modelTopology: json }));
    expect(model.layers[0]?.getConfig()).toMatchObject({ axis: [-1], mean: [1, 2], variance: [1, 2] });
  });
});
