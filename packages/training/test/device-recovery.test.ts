import '@normkit/backend-cpu';
import { groupNorm, layerNorm } from '@normkit/core';
import { type Recovery, withDeviceRecovery } from '@normkit/training';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';

/** A backend whose device can be lost. */
interface Losing {
  readonly name: string;
  readonly load: () => Promise<unknown>;
  /** Loses the device of the current backend. */
  readonly lose: () => void;
  readonly reason: 'destroyed' | 'unknown';
}

const backends: readonly Losing[] = [
  {
    name: 'webgpu',
    load: () => Promise.all([import('@tensorflow/tfjs-backend-webgpu'), import('@normkit/backend-webgpu')]),
    lose: () => (tf.backend() as unknown as { readonly device: { destroy(): void } }).device.destroy(),
    reason: 'destroyed',
  },
  {
    name: 'webgl',
    load: () => import('@normkit/backend-webgl'),
    lose: () => {
      const { gl } = (tf.backend() as unknown as { readonly gpgpu: { readonly gl: WebGLRenderingContext } }).gpgpu;
      gl.getExtension('WEBGL_lose_context')?.loseContext();
    },
    reason: 'unknown',
  },
];

/** The backend made anew, with a device of its own. */
async function openFresh({ name, load }: Losing): Promise<void> {
  await load();
  const factory = tf.findBackendFactory(name);
  const { priority } = tf.engine().registryFactory[name] ?? {};
  tf.removeBackend(name);
  tf.registerBackend(name, factory, priority);
  if (!(await tf.setBackend(name))) throw new Error(`This page has no ${name}`);
}

/** Batch norm has moving statistics, adam moments: all of it must come back. */
function makeModel(): tf.LayersModel {
  const model = tf.sequential();
  const init = (seed: number) => tf.initializers.randomNormal({ seed, stddev: 0.5 });
  model.add(tf.layers.dense({ units: 6, inputShape: [3], kernelInitializer: init(3) }));
  model.add(tf.layers.batchNormalization());
  model.add(tf.layers.dense({ units: 1, kernelInitializer: init(5) }));
  model.compile({ loss: 'meanSquaredError', optimizer: tf.train.adam(0.02) });
  return model;
}

/** Momentum has a constant beside its lists: it lives on the device too. */
function smallModel(): tf.LayersModel {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [3], useBias: false })] });
  model.compile({ loss: 'meanSquaredError', optimizer: tf.train.momentum(0.02, 0.9) });
  return model;
}

const x = () => tf.randomNormal([40, 3], 0, 1, 'float32', 7);
const y = () => tf.tidy(() => tf.sum(tf.mul(x(), [1, -2, 0.5]), 1, true));
const options = { epochs: 4, batchSize: 8, shuffle: false, verbose: 0, yieldEvery: 'never' } as const;

describe.each(backends)('withDeviceRecovery on $name', (backend) => {
  const { name, lose, reason } = backend;
  beforeEach(() => openFresh(backend));

  /** Loses the device before a batch, counted over all epochs. */
  function loseAt(batch: number): { onBatchBegin: () => void } {
    let seen = 0;
    return {
      onBatchBegin: () => {
        if (++seen === batch) lose();
      },
    };
  }

  it('model.fit ends as if nothing had happened', async () => {
    const undisturbed = await makeModel().fit(x(), y(), options);
    const recoveries: Recovery[] = [];
    const model = withDeviceRecovery(makeModel(), { every: 5, onRecovery: (one) => recoveries.push(one) });
    const { epoch, history } = await model.fit(x(), y(), { ...options, callbacks: loseAt(13) });
    // Copied before batches 5 and 10, the beginnings of epochs: the copy at 10 is of epoch 2.
    expect(recoveries).toMatchObject([{ backend: name, epoch: 2, loss: { reason } }]);
    expect(epoch).toEqual([0, 1, 2, 3]);
    for (const [index, loss] of (history['loss'] ?? []).entries())
      expect(loss).toBeCloseTo(Number(undisturbed.history['loss']?.[index]), 4);
    expect((model.predict(x()) as tf.Tensor).shape).toEqual([40, 1]);
  });

  it('model.fitDataset too, with a dataset or tensors to validate with, which leaves nothing behind', async () => {
    const pairs = tf.data.generator(function* () {
      for (let index = 0; index < 40; index++) {
        const row = [Math.sin(index), Math.cos(3 * index), Math.sin(7 * index)];
        yield { xs: row, ys: [(row[0] ?? 0) - 2 * (row[1] ?? 0)] };
      }
    });
    const dataset = pairs.batch(8) as unknown as tf.data.Dataset<tf.TensorContainer>;
    const undisturbed = await makeModel().fitDataset(dataset, { epochs: 4, verbose: 0 });
    for (const makeValidationData of [() => dataset, () => [x(), y()]]) {
      const validationData = makeValidationData() as typeof dataset;
      const recoveries: Recovery[] = [];
      const model = withDeviceRecovery(makeModel(), { every: 5, onRecovery: (one) => recoveries.push(one) });
      const before = tf.memory().numTensors;
      const { epoch, history } = await model.fitDataset(dataset, {
        epochs: 4,
        verbose: 0,
        callbacks: loseAt(13),
        validationData,
      });
      expect(recoveries).toMatchObject([{ backend: name, epoch: 2 }]);
      expect(epoch).toEqual([0, 1, 2, 3]);
      expect(history['val_loss']).toHaveLength(4);
      for (const [index, loss] of (history['loss'] ?? []).entries())
        expect(loss).toBeCloseTo(Number(undisturbed.history['loss']?.[index]), 4);
      // Adam's moments of each weight are new, and of the batch on which training threw TensorFlow.js may leave two.
      const left = tf.memory().numTensors - before - 2 * model.trainableWeights.length;
      expect(left).toBeLessThanOrEqual(2);
    }
  });

  it.each([9, 10])('a loss right before or behind a copy (batch %i) does not spoil it', async (batch) => {
    const undisturbed = await makeModel().fit(x(), y(), options);
    const model = withDeviceRecovery(makeModel(), { every: 5 });
    let ended = 0;
    const epochs: unknown[] = [];
    const callbacks = {
      onBatchEnd: () => {
        if (++ended === batch) lose();
      },
      onEpochEnd: (_: number, logs?: tf.Logs) => {
        epochs.push(logs?.['loss']);
      },
    };
    const { history } = await model.fit(x(), y(), { ...options, callbacks });
    for (const [index, loss] of (history['loss'] ?? []).entries())
      expect(loss).toBeCloseTo(Number(undisturbed.history['loss']?.[index]), 4);
    // Nor are the program's callbacks told of numbers that no epoch had.
    expect(Math.min(...epochs.map(Number))).toBeGreaterThan(0);
  });

  it('goes on with the next backend', async () => {
    const model = withDeviceRecovery(makeModel(), { every: 5, backends: ['cpu'] });
    const { history } = await model.fit(x(), y(), { ...options, callbacks: loseAt(7) });
    expect(tf.getBackend()).toBe('cpu');
    expect(history['loss']).toHaveLength(4);
    expect(Number(history['loss']?.[3])).toBeLessThan(Number(history['loss']?.[0]));
  });

  it('begins at the start if nothing was copied since, and survives a second loss', async () => {
    const recoveries: Recovery[] = [];
    const model = withDeviceRecovery(smallModel(), { onRecovery: (one) => recoveries.push(one) });
    let seen = 0;
    const onBatchBegin = () => {
      seen += 1;
      if (seen === 3 || seen === 9) lose();
    };
    const { epoch } = await model.fit(x(), y(), { ...options, callbacks: { onBatchBegin } });
    expect(recoveries.map(({ epoch: begun }) => begun)).toEqual([0, 0]);
    expect(epoch).toEqual([0, 1, 2, 3]);
  });

  it("lets other errors through, and leaves the program's callbacks as they were", async () => {
    await tf.setBackend('cpu');
    const model = withDeviceRecovery(smallModel());
    const callbacks = {
      onBatchBegin: () => {
        throw new RangeError('of the program');
      },
    };
    await expect(model.fit(x(), y(), { ...options, callbacks })).rejects.toThrow('of the program');
    const instance = Object.assign(new tf.CustomCallback({}), { onBatchEnd: callbacks.onBatchBegin });
    const { onBatchBegin, onEpochEnd } = instance;
    await expect(model.fit(x(), y(), { ...options, callbacks: instance })).rejects.toThrow('of the program');
    expect(instance).toMatchObject({ onBatchBegin, onEpochEnd });
  });

  it('calls the methods of a class', async () => {
    await tf.setBackend('cpu');
    const calls: string[] = [];
    class Log {
      onTrainBegin() {
        calls.push('train begins');
      }
      onEpochEnd(epoch: number) {
        calls.push(`epoch ${epoch} ends`);
      }
    }
    await withDeviceRecovery(smallModel()).fit(x(), y(), { ...options, epochs: 2, callbacks: new Log() });
    expect(calls).toEqual(['train begins', 'epoch 0 ends', 'epoch 1 ends']);
  });

  it('the norms run on the fresh device', async () => {
    lose();
    await openFresh(backend);
    const value = tf.tidy(() => tf.sum(groupNorm(tf.ones([2, 4]), { groups: 2, beta: [1, 2, 3, 4] })));
    expect((await value.data())[0]).toBe(20);
    expect(Number.isFinite((await layerNorm(x()).data())[0])).toBe(true);
  });
});
