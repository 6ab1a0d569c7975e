import '@normkit/backend-cpu';
import { foldBatchNorm, NormkitError } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { largestDifference, randomizeWeights } from './models.ts';
import { choices, randomModel } from './random-models.ts';

beforeAll(() => tf.setBackend('cpu'));

/** In half of the models no scale is negative, and in a third no shift is other than 0: what max pooling and padding need. */
function tameWeights(model: tf.LayersModel, seed: number): void {
  for (const weight of model.weights) {
    const [name = ''] = weight.originalName.split('/').slice(-1);
    if (seed % 2 === 0 && name === 'gamma') weight.write(tf.abs(weight.read()));
    if (seed % 3 === 0 && /^(beta|moving_mean)$/.test(name)) weight.write(tf.zerosLike(weight.read()));
  }
}

/** The outputs, or nothing where TensorFlow.js cannot compute its own model: Dense has no bias at rank 6. */
function outputsOf(model: tf.LayersModel, x: tf.Tensor): tf.Tensor[] | undefined {
  try {
    return [model.predict(x) as tf.Tensor].flat();
  } catch {
    return undefined;
  }
}

/** Nothing where the model cannot be copied: TensorFlow.js reads the calls of some shared layers in another order. */
function foldCopy(model: tf.LayersModel): ReturnType<typeof foldBatchNorm> | undefined {
  try {
    return foldBatchNorm(model);
  } catch (error) {
    if (error instanceof NormkitError && /must be able to load what it saves/.test(error.message)) return undefined;
    throw error;
  }
}

const countNorms = (config: string) => config.match(/"class_name":"BatchNormalization"/g)?.length ?? 0;

it('foldBatchNorm of any model gives the same outputs, no batch normalization, and leaves the model as it was', () => {
  const seen = { folded: 0, fused: 0 };
  fc.assert(
    fc.property(choices, fc.nat({ max: 999 }), (drawn, seed) => {
      tf.tidy(() => {
        const model = randomModel(drawn);
        randomizeWeights(model, seed);
        tameWeights(model, seed);
        const x = tf.randomNormal([2, ...drawn.shape], 0.5, 1, 'float32', seed);
        const expected = outputsOf(model, x);
        if (!expected) return;
        const before = JSON.stringify(model.toJSON(null, false));
        const result = foldCopy(model);
        expect(JSON.stringify(model.toJSON(null, false))).toBe(before);
        if (!result) return;
        const { model: copy, folded, fused, left } = result;
        expect(left).toEqual([]);
        expect(new Set([...folded, ...fused].map(({ batchNorm }) => batchNorm)).size).toBe(countNorms(before));
        expect(countNorms(JSON.stringify(copy.toJSON(null, false)))).toBe(0);
        const received = outputsOf(copy, x) ?? [];
        expect(received.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
        for (const [index, output] of expected.entries()) {
          expect(largestDifference(received[index] as tf.Tensor, output)).toBeLessThan(3e-5);
        }
        seen.folded += folded.length;
        seen.fused += fused.length;
        copy.dispose();
        model.dispose();
      });
    }),
    { numRuns: 300, seed: 12 },
  );
  // Far fewer would mean that the models are not what they are meant to be.
  expect(seen.folded).toBeGreaterThan(50);
  expect(seen.fused).toBeGreaterThan(50);
}, 60_000);
