import { batchNormWithStats, type Gap, layerNorm, type NormKernels, registerNormKernels } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';

const x = tf.tensor2d([[1, 2, 4, 8]]);
const expected = Array.from(layerNorm(x).dataSync());

const gradient = () =>
  tf
    .grad((v: tf.Tensor) => tf.mul(layerNorm(v), [1, -2, 3, 5]))(x)
    .dataSync();

/** A copy of the cpu backend under a new name, with these kernels. */
async function on<T>(name: string, kernels: Partial<NormKernels>, run: () => T): Promise<T> {
  const unused = () => {
    throw new Error('not expected to run');
  };
  tf.registerBackend(name, () => tf.findBackendFactory('cpu')() as tf.KernelBackend);
  tf.copyRegisteredKernels('cpu', name);
  registerNormKernels(name, { precision: 'float64', forward: unused, backward: unused, apply: unused, ...kernels });
  await tf.setBackend(name);
  try {
    return run();
  } finally {
    await tf.setBackend('cpu');
    tf.removeBackend(name);
  }
}

describe('dispatch', () => {
  it('computes a declared gap from TensorFlow.js operations, gradient included', async () => {
    const gap = { name: 'no rows', why: 'rows are not done here', covers: () => true };
    const both = () => [layerNorm(x).dataSync(), gradient()].map((values) => Array.from(values));
    expect(await on('gap', { gaps: [gap] }, both)).toEqual(both());
  });

  it('asks a gap of the whole call, and computes the gradient where the backward kernel alone has one', async () => {
    const forward: NormKernels['forward'] = () => ({
      y: tf.tensor2d([expected]),
      stats: tf.tensor2d([[3.75], [7.1875], [0], [2.68]]),
    });
    const asked: (readonly string[])[] = [];
    const noBackward: Gap = {
      name: 'backward',
      why: 'not written',
      covers: (call) => {
        asked.push(Object.keys(call).sort());
        return 'dy' in call;
      },
    };
    const received = await on('forward only', { forward, gaps: [noBackward] }, gradient);
    expect(Array.from(received)).toEqual(Array.from(gradient()));
    expect(asked[0]).toEqual(expect.arrayContaining(['plan', 'x']));
    expect(asked[1]).toEqual(expect.arrayContaining(['dy', 'frozenStats', 'plan', 'stats', 'x']));
  });

  it('gives a call with weights to kernels that take them, and composes it elsewhere', async () => {
    const mask = tf.tensor2d([[1, 0, 1, 0.5]]);
    const masked = () => Array.from(layerNorm(x, { mask }).dataSync());
    const composed = masked();
    const calls: unknown[] = [];
    const forward: NormKernels['forward'] = (_, call) => {
      calls.push(call.weights && Array.from(tf.engine().makeTensorFromTensorInfo(call.weights).dataSync()));
      return { y: tf.tensor2d([[1, 2, 3, 4]]), stats: tf.zeros([4, 1]) };
    };
    expect(await on('no weights', { forward }, masked)).toEqual(composed);
    expect(calls).toEqual([]);
    expect(await on('weights', { forward, extras: ['weights'] }, masked)).toEqual([1, 2, 3, 4]);
    expect(calls).toEqual([[1, 0, 1, 0.5]]);
  });

  it('hands out the statistics as the backend does, or by a slice', async () => {
    const forward: NormKernels['forward'] = () => ({
      y: tf.tensor2d([[0, 0]]),
      stats: tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]),
    });
    const statistic: NormKernels['statistic'] = (_, { shape }, row) => tf.tensor1d([...shape, row === 'mean' ? 0 : 1]);
    const statistics = () => {
      const { mean, variance } = batchNormWithStats([[1, 2]]);
      return [mean, variance].map((values) => Array.from(values.dataSync()));
    };
    expect(await on('slices', { forward }, statistics)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await on('copies', { forward, statistic }, statistics)).toEqual([
      [4, 2, 0],
      [4, 2, 1],
    ]);
  });

  it('lets the errors of a kernel through', async () => {
    const forward = () => {
      throw new RangeError('out of memory');
    };
    await expect(on('broken', { forward }, () => layerNorm(x))).rejects.toThrow(RangeError);
  });

  it('refuses kernels that are not complete', () => {
    expect(() =>
      registerNormKernels('half', { precision: 'float64', forward: () => [x, x] } as unknown as NormKernels),
    ).toThrow(
      "[normkit] registerNormKernels: the kernels of 'half' must have precision, forward, backward and apply. Missing: backward, apply.",
    );
  });

  it.each([
    [
      { precision: 'double' },
      "precision of 'odd' must be float64, float32, float16 or a function that gives one of them. Got 'double'.",
    ],
    [{ extras: ['weight'] }, "each of the extras of 'odd' must be weights. Got 'weight'."],
  ])('refuses %o', (traits, message) => {
    const kernels = { precision: 'float64', forward: () => x, backward: () => x, apply: () => x, ...traits };
    const register = () => registerNormKernels('odd', kernels as unknown as NormKernels);
    expect(register).toThrow(`[normkit] registerNormKernels: ${message}`);
    expect(tf.getKernelsForBackend('odd')).toEqual([]);
  });

  it('names the gradient that a backward kernel forgets', async () => {
    const forward: NormKernels['forward'] = () => ({ y: tf.tensor2d([expected]), stats: tf.zeros([4, 1]) });
    const backward: NormKernels['backward'] = () => ({ dx: x, dgamma: x, dbeta: x });
    const masked = () =>
      tf
        .grad((mask: tf.Tensor) => layerNorm(x, { mask }))(tf.tensor2d([[1, 0, 1, 0.5]]))
        .dataSync();
    await expect(on('forgetful', { forward, backward, extras: ['weights'] }, masked)).rejects.toThrow(
      'Got no dweights.',
    );
  });

  it('registers a backend once, however often it is asked to', () => {
    const before = tf.getKernelsForBackend('twice').length;
    const first = () => x;
    const kernels: NormKernels = {
      precision: 'float32',
      forward: () => ({ y: x, stats: x }),
      backward: () => ({ dx: x, dgamma: x, dbeta: x }),
      apply: first,
    };
    registerNormKernels('twice', kernels);
    const registered = tf.getKernel('NormkitApply', 'twice');
    registerNormKernels('twice', { ...kernels, apply: () => tf.zeros([1]) });
    expect(tf.getKernel('NormkitApply', 'twice')).toBe(registered);
    expect(tf.getKernelsForBackend('twice').length).toBe(before + 3);
  });
});
