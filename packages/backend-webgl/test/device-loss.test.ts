import { onDeviceLost } from '@normkit/backend-webgl';
import { layerNorm } from '@normkit/core';
import { lossOfDevice } from '@normkit/core/devices';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { openWebGL } from './open-webgl.ts';

beforeEach(openFresh);

/** The backend made anew, with a context of its own where the last one is lost. */
async function openFresh(): Promise<void> {
  await openWebGL();
  const factory = tf.findBackendFactory('webgl');
  tf.removeBackend('webgl');
  tf.registerBackend('webgl', factory, 2);
  await openWebGL();
}

/** Loses the context, and waits until the browser says so. */
async function lose(): Promise<void> {
  const lost = lossOfDevice('webgl', tf.backend());
  const { gl } = (tf.backend() as unknown as { gpgpu: { gl: WebGLRenderingContext } }).gpgpu;
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  await lost;
  // When all that waits for it has run.
  await new Promise((resolve) => setTimeout(resolve));
}

describe('onDeviceLost', () => {
  it('tells that the context is gone, until it is ended', async () => {
    const told: string[] = [];
    const end = onDeviceLost(({ reason, message }) => told.push(`${reason}: ${message}`));
    await lose();
    expect(told).toEqual(['unknown: the WebGL context is lost']);
    await openFresh();
    end();
    await lose();
    expect(told).toHaveLength(1);
  });

  it('the norms run on a fresh context', async () => {
    const run = () => layerNorm(tf.tensor2d([1, 2, 4, 7], [2, 2]));
    const expected = await run().data();
    await lose();
    await openFresh();
    expect(await run().data()).toEqual(expected);
  });

  it('a read that waits for the lost context ends with an error, and so does one after that', async () => {
    const x = tf.add(tf.ones([64, 64]), 1);
    const values = x.data();
    await Promise.all([expect(values).rejects.toThrow('the WebGL context is lost'), lose()]);
    await expect(tf.tidy(() => tf.add(x, 1)).data()).rejects.toThrow('the WebGL context is lost');
  });

  it('a read of the moment between the loss and the news of it does too', async () => {
    const x = tf.add(tf.ones([64, 64]), 1);
    const lost = lose();
    await expect(x.data()).rejects.toThrow('the WebGL context is lost');
    await lost;
  });
});
