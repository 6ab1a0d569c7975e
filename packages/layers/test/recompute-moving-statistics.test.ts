import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchNormalization, type RecomputeProgress, recomputeMovingStatistics } from '../src/index.ts';
import { batchNorms, largestDifference, randomizeWeights } from './models.ts';

beforeAll(() => tf.setBackend('cpu'));

const { layers } = tf;

type Norm = (typeof batchNorms)[0][1];

const deep = (norm: Norm) => {
  const model = tf.sequential({
    layers: [
      layers.dense({ units: 3, inputShape: [5] }),
      norm({ name: 'one' }),
      layers.dense({ units: 7, activation: 'tanh' }),
      norm({ name: 'two' }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 2 }),
    ],
  });
  randomizeWeights(model, 23);
  return model;
};

const samples = () => tf.randomNormal([12, 5], 3, 2, 'float32', 29);
const split = (x: tf.Tensor, sizes: number[]) => tf.split(x, sizes);
const statistics = (model: tf.LayersModel) =>
  model.weights
    .filter(({ originalName }) => originalName.includes('moving'))
    .map((weight) => [...weight.read().dataSync()]);

/** The moments of what a layer sees at inference, over all samples at once. */
function seenBy(model: tf.LayersModel, name: string, x: tf.Tensor): { mean: tf.Tensor; variance: tf.Tensor } {
  const input = model.getLayer(name).input as tf.SymbolicTensor;
  const seen = tf.model({ inputs: model.inputs, outputs: input }).predict(x) as tf.Tensor;
  return tf.moments(seen, 0);
}

describe.each(batchNorms)('recomputeMovingStatistics with %s', (_, norm) => {
  it('gives every layer the mean and population variance of what it sees at inference', async () => {
    const [model, x] = [deep(norm), samples()];
    expect(await recomputeMovingStatistics(model, split(x, [5, 4, 3]))).toEqual({
      layers: ['one', 'two'],
      samples: 12,
    });
    for (const name of ['one', 'two']) {
      const { mean, variance } = seenBy(model, name, x);
      const layer = model.getLayer(name) as unknown as Record<'movingMean' | 'movingVariance', tf.LayerVariable>;
      expect(largestDifference(layer.movingMean.read(), mean)).toBeLessThan(1e-6);
      expect(largestDifference(layer.movingVariance.read(), variance)).toBeLessThan(1e-6);
    }
  });

  it('gives the same however the samples are divided', async () => {
    const x = samples();
    const whole = deep(norm);
    await recomputeMovingStatistics(whole, [x]);
    const expected = statistics(whole).flat();
    const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(sizes, async (list) => {
        const cuts = list.map((size, index) => Math.min(size, 12 - list.slice(0, index).reduce((a, b) => a + b, 0)));
        const kept = cuts.filter((size) => size > 0);
        const rest = 12 - kept.reduce((a, b) => a + b, 0);
        const model = deep(norm);
        await recomputeMovingStatistics(model, split(x, rest > 0 ? [...kept, rest] : kept));
        for (const [index, value] of statistics(model).flat().entries())
          expect(value).toBeCloseTo(expected[index] ?? 0, 5);
      }),
      { numRuns: 15 },
    );
  });

  it('leaves no tensors, and nothing else changed', async () => {
    const [model, batches] = [deep(norm), split(samples(), [6, 6])];
    const others = () =>
      model.weights
        .filter(({ originalName }) => !originalName.includes('moving'))
        .map((weight) => [...weight.read().dataSync()]);
    const [before, weights] = [tf.memory().numTensors, others()];
    await recomputeMovingStatistics(model, batches);
    expect(tf.memory().numTensors).toBe(before);
    expect(others()).toEqual(weights);
    expect(Object.keys(model.getLayer('one'))).not.toContain('call');
  });
});

describe('recomputeMovingStatistics', () => {
  const norm = batchNormalization;

  it('takes a Dataset, with targets or without, and disposes what it yields', async () => {
    const x = samples();
    const expected = deep(norm);
    await recomputeMovingStatistics(expected, [x]);
    const rows = tf.data.array(x.arraySync() as number[][]);
    const targets = tf.data.array(Array.from({ length: 12 }, (_, index) => [index]));
    for (const dataset of [rows.batch(5), tf.data.zip({ xs: rows, ys: targets }).batch(5), rows.batch(7).shuffle(2)]) {
      const model = deep(norm);
      const before = tf.memory().numTensors;
      await recomputeMovingStatistics(model, dataset);
      expect(tf.memory().numTensors).toBe(before);
      for (const [index, value] of statistics(model).flat().entries()) {
        expect(value).toBeCloseTo(statistics(expected).flat()[index] ?? 0, 5);
      }
    }
  });

  it('reaches layers in models and wrappers, and counts each time step of a TimeDistributed', async () => {
    const inner = tf.sequential({
      name: 'inner',
      layers: [layers.dense({ units: 2, inputShape: [3] }), norm({ name: 'bn' })],
    });
    const model = tf.sequential({
      layers: [
        layers.timeDistributed({ layer: inner, inputShape: [4, 3], name: 'steps' }),
        layers.timeDistributed({ layer: norm({ name: 'last', center: false, scale: false }), name: 'again' }),
      ],
    });
    const x = tf.randomNormal([6, 4, 3], 1, 2, 'float32', 3);
    const { layers: names } = await recomputeMovingStatistics(model, tf.split(x, [4, 2]));
    expect(names).toEqual(['steps/inner/bn', 'again/last']);
    const y = tf.moments((model.predict(x) as tf.Tensor).reshape([24, 2]), 0);
    const { movingVariance } = (model.layers[1] as unknown as { layer: { movingVariance: tf.LayerVariable } }).layer;
    const expected = movingVariance.read().div(movingVariance.read().add(1e-3));
    expect(largestDifference(y.mean, tf.zeros([2]))).toBeLessThan(1e-6);
    expect(largestDifference(y.variance, expected)).toBeLessThan(1e-6);
  });

  it('takes a shared layer at all its calls, and several inputs by name or in order', async () => {
    const [a, b] = [tf.input({ shape: [2], name: 'a' }), tf.input({ shape: [2], name: 'b' })];
    const shared = norm({ name: 'shared' });
    const model = tf.model({
      inputs: [a, b],
      outputs: layers.add().apply([shared.apply(a), shared.apply(b)] as tf.SymbolicTensor[]) as tf.SymbolicTensor,
    });
    const [xa, xb] = [
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
      tf.tensor2d([
        [5, 0],
        [7, 2],
      ]),
    ];
    for (const batch of [[xa, xb], { a: xa, b: xb }, { xs: { b: xb, a: xa }, ys: xa }]) {
      shared.setWeights(shared.getWeights().map((weight) => tf.onesLike(weight)));
      await recomputeMovingStatistics(model, [batch]);
      expect(statistics(model)).toEqual([
        [4, 2],
        [5, 2],
      ]);
    }
  });

  it('goes on to the last call of a layer, also where another layer is called before it', async () => {
    const [x1, x2] = [tf.input({ shape: [1], name: 'x1' }), tf.input({ shape: [1], name: 'x2' })];
    const [a, b] = [norm({ name: 'a' }), norm({ name: 'b' })];
    const outputs = [a.apply(x1), b.apply(x1), a.apply(x2)] as tf.SymbolicTensor[];
    const model = tf.model({ inputs: [x1, x2], outputs });
    const batch = [tf.tensor2d([[1], [3]]), tf.tensor2d([[5], [7]])];
    expect((await recomputeMovingStatistics(model, [batch])).layers).toEqual(['a', 'b']);
    expect((a.movingMean as tf.LayerVariable).read().dataSync()).toEqual(Float32Array.of(4));
    expect((b.movingMean as tf.LayerVariable).read().dataSync()).toEqual(Float32Array.of(2));
  });

  it('leaves nothing behind where a layer fails, nor takes the method that an application gave a layer', async () => {
    let calls = 0;
    class Fails extends layers.Layer {
      static className = 'Fails';
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
        calls += 1;
        if (calls > 2) throw new Error('third call');
        return inputs;
      }
    }
    const first = norm({ inputShape: [2] });
    const model = tf.sequential({ layers: [first, new Fails({ name: 'fails' })] });
    const own = first.call.bind(first);
    first.call = own;
    const batches = [tf.ones([2, 2]), tf.ones([2, 2])];
    const before = tf.memory().numTensors;
    await expect(recomputeMovingStatistics(model, batches)).rejects.toThrow('third call');
    expect(tf.memory().numTensors).toBe(before);
    expect(first.call).toBe(own);
  });

  it('weighs by the mask, as training does', async () => {
    const model = tf.sequential({ layers: [layers.masking({ maskValue: -1, inputShape: [3, 2] }), norm()] });
    const x = tf.tensor3d([
      [
        [1, 2],
        [3, 6],
        [-1, -1],
      ],
      [
        [5, 10],
        [-1, -1],
        [-1, -1],
      ],
    ]);
    await recomputeMovingStatistics(model, tf.split(x, 2));
    expect(statistics(model)[0]).toEqual([3, 6]);
    expect(statistics(model)[1]?.map((value) => value.toFixed(4))).toEqual(['2.6667', '10.6667']);
  });

  it('keeps a small variance beside a large mean', async () => {
    const model = tf.sequential({ layers: [norm({ inputShape: [1] })] });
    const x = tf.tensor2d(Array.from({ length: 64 }, (_, index) => [4096 + (index % 2) / 64]));
    await recomputeMovingStatistics(model, tf.split(x, 8));
    expect(statistics(model)).toEqual([[4096 + 1 / 128], [1 / 128 ** 2]]);
  });

  it('tells its progress, and is cancelled with the old statistics restored and nothing left behind', async () => {
    const [model, batches] = [deep(norm), split(samples(), [5, 7])];
    const seen: RecomputeProgress[] = [];
    await recomputeMovingStatistics(model, batches, { onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([
      { layer: 'one', pass: 1, passes: 2, batches: 1, samples: 5 },
      { layer: 'one', pass: 1, passes: 2, batches: 2, samples: 12 },
      { layer: 'two', pass: 2, passes: 2, batches: 1, samples: 5 },
      { layer: 'two', pass: 2, passes: 2, batches: 2, samples: 12 },
    ]);
    for (const when of [0, 1, 3, 4]) {
      const fresh = deep(norm);
      const [old, before] = [statistics(fresh), tf.memory().numTensors];
      const controller = new AbortController();
      let count = 0;
      if (when === 0) controller.abort();
      const onProgress = () => {
        count += 1;
        if (count === when) controller.abort(new Error('enough'));
      };
      await expect(
        recomputeMovingStatistics(fresh, batches, { signal: controller.signal, onProgress }),
      ).rejects.toThrow(when === 0 ? 'aborted' : 'enough');
      expect(count).toBe(when);
      expect(statistics(fresh)).toEqual(old);
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('restores the statistics where the data fail on the way', async () => {
    const model = deep(norm);
    const [old, before] = [statistics(model), tf.memory().numTensors];
    let asked = 0;
    const dataset = {
      iterator: () => Promise.resolve({ next: () => ({ done: asked++ > 4, value: tf.ones([asked, 5]) }) as never }),
    };
    await expect(recomputeMovingStatistics(model, dataset as never)).rejects.toThrow(
      'each pass must have the same samples',
    );
    expect(statistics(model)).toEqual(old);
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before + 3); // What the iterator made and did not hand over.
    await expect(recomputeMovingStatistics(model, [tf.ones([2, 5]), tf.ones([2, 4])])).rejects.toThrow();
    expect(statistics(model)).toEqual(old);
  });

  it('says what a dataset and a model are', async () => {
    const model = deep(norm);
    await expect(recomputeMovingStatistics(model, [])).rejects.toThrow(
      'there must be samples. Got a dataset without a batch.',
    );
    await expect(recomputeMovingStatistics(model, 7 as never)).rejects.toThrow(
      'dataset must be a tf.data.Dataset or an array, of which each batch is a tensor',
    );
    await expect(recomputeMovingStatistics(model, [[tf.ones([1, 5]), tf.ones([1, 5])]])).rejects.toThrow(
      'dataset must be',
    );
    const plain = tf.sequential({ layers: [layers.dense({ units: 1, inputShape: [5] })] });
    await expect(recomputeMovingStatistics(plain, [tf.ones([1, 5])])).rejects.toThrow(
      'has no BatchNormalization layer that it calls',
    );
    await expect(recomputeMovingStatistics(model, [], { progress: 1 } as never)).rejects.toThrow(
      "no option 'progress'",
    );
  });
});
