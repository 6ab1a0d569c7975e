import { batchNormWithStats, CapabilityGap, layerNorm, type NormKernels, registerNormKernels } from '@normkit/core';
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
  registerNormKernels(name, { gaps: [], forward: unused, backward: unused, apply: unused, ...kernels });
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

  it('computes a gap that a kernel meets while it runs', async () => {
    const forward = () => {
      throw new CapabilityGap('memory', 'the heap has moved');
    };
    expect(Array.from(await on('late gap', { forward }, () => layerNorm(x).dataSync()))).toEqual(expected);
  });

  it('computes the gradient where only the backward kernel has a gap', async () => {
    const forward: NormKernels['forward'] = () => [tf.tensor2d([expected]), tf.tensor2d([[3.75], [7.1875]])];
    const backward = () => {
      throw new CapabilityGap('backward', 'not written');
    };
    const gradient = () =>
      tf
        .grad((v: tf.Tensor) => tf.mul(layerNorm(v), [1, -2, 3, 5]))(x)
        .dataSync();
    const received = await on('forward only', { forward, backward }, gradient);
    expect(Array.from(received)).toEqual(Array.from(gradient()));
  });

  it('hands out the statistics as the backend does, or by a slice', async () => {
    const forward: NormKernels['forward'] = () => [
      tf.tensor2d([[0, 0]]),
      tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]),
    ];
    const statistic: NormKernels['statistic'] = (_, { shape }, row) => tf.tensor1d([...shape, row]);
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

  it('lets every other error through', async () => {
    const forward = () => {
      throw new RangeError('out of memory');
    };
    await expect(on('broken', { forward }, () => layerNorm(x))).rejects.toThrow(RangeError);
  });

  it('refuses kernels that are not complete', () => {
    expect(() => registerNormKernels('half', { gaps: [], forward: () => [x, x] } as unknown as NormKernels)).toThrow(
      "[normkit] registerNormKernels: the kernels of 'half' must have gaps, forward, backward and apply. Missing: backward, apply.",
    );
  });

  it('registers a backend once, however often it is asked to', () => {
    const before = tf.getKernelsForBackend('twice').length;
    const first = () => x;
    const kernels = { gaps: [], forward: () => [x, x], backward: () => [x, x, x], apply: first } satisfies NormKernels;
    registerNormKernels('twice', kernels);
    const registered = tf.getKernel('NormkitApply', 'twice');
    registerNormKernels('twice', { ...kernels, apply: () => tf.zeros([1]) });
    expect(tf.getKernel('NormkitApply', 'twice')).toBe(registered);
    expect(tf.getKernelsForBackend('twice').length).toBe(before + 3);
  });
});
