import { defineNorm, type NormAxes, NormkitError } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';

const own = { ownStats: true, ownAffine: false };
const shared = { ownStats: false, ownAffine: true };

const wrong: [what: string, found: NormAxes, message: string][] = [
  [
    'axes of another size',
    {
      axes: [
        { size: 2, ...own },
        { size: 4, ...shared },
      ],
      parameterShape: [4],
      reducedAxes: [1],
    },
    'axesOf must give axes of 6 elements for shape [2,3]. Got 8; mend the definition of odd.',
  ],
  [
    'parameters of another shape than their axes',
    {
      axes: [
        { size: 2, ...own },
        { size: 3, ...shared },
      ],
      parameterShape: [2],
      reducedAxes: [1],
    },
    'axesOf must give a parameterShape, which the axes with ownAffine have, of 3 elements for shape [2,3]. Got 2; mend the definition of odd.',
  ],
  [
    'an axis that is divided without a word',
    {
      axes: [
        { size: 2, ...own },
        { size: 3, ...shared },
        { size: 1, ...own },
      ],
      parameterShape: [3],
      reducedAxes: [1],
    },
    'axesOf must give one axis for each of shape [2,3], or two for the axis that `channels` names. Got 3; mend the definition of odd.',
  ],
];

it.each(wrong)('a definition with %s is refused, and nothing is computed', (_, found, message) => {
  const odd = defineNorm({
    name: 'odd',
    options: {},
    epsilon: 1e-3,
    parameters: ['gamma', 'beta'],
    useMean: true,
    reference: 'this test',
    axesOf: () => found,
  });
  const x = tf.ones([2, 3]);
  const { numTensors } = tf.memory();
  expect(() => odd(x)).toThrow(`[normkit] odd: ${message}`);
  expect(() => odd(x)).toThrow(NormkitError);
  expect(tf.memory().numTensors).toBe(numTensors);
});
