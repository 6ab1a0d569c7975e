import '@normkit/training/wasm';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';

it('the wasm backend trains a convolution, and needs no norm for it', async () => {
  await tf.setBackend('wasm');
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [5, 5, 1], filters: 2, kernelSize: 3 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 1 }),
    ],
  });
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  const { history } = await model.fit(tf.randomNormal([8, 5, 5, 1]), tf.ones([8, 1]), { epochs: 3, verbose: 0 });
  expect(history['loss']?.[2]).toBeLessThan(Number(history['loss']?.[0]));
});
