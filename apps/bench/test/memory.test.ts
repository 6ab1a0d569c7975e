import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { openBackend } from '../src/backends.ts';

const backend = await openBackend('cpu');

describe('extraBytes on cpu', () => {
  it('is the most that was there at once, and not what was there before or made in sum', async () => {
    const before = tf.zeros([1000]);
    const bytes = await backend.extraBytes(() => {
      for (let time = 0; time < 3; time++) tf.dispose([tf.ones([250]), tf.ones([500])]);
    });
    expect(bytes).toBe(4 * 750);
    before.dispose();
  });

  it('counts a buffer once, however many tensors share it', async () => {
    const bytes = await backend.extraBytes(() => {
      const x = tf.ones([10, 10]);
      tf.dispose([x, tf.reshape(x, [100]), x.clone()]);
    });
    expect(bytes).toBe(400);
  });

  it('leaves the backend as it was', async () => {
    await backend.extraBytes(() => tf.dispose(tf.ones([10])));
    await expect(
      backend.extraBytes(() => {
        throw new Error('on purpose');
      }),
    ).rejects.toThrow('on purpose');
    expect(await backend.extraBytes(() => {})).toBe(0);
    expect(await tf.ones([3]).data()).toEqual(Float32Array.of(1, 1, 1));
  });
});
