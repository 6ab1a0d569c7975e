import { batchNormalization, filterResponseNormalization, groupNormalization, rmsNormalization } from '@normkit/layers';
import { expect, it } from 'vitest';

it('the types know which arguments there are', () => {
  // @ts-expect-error: groups
  expect(() => groupNormalization({ group: 5 })).toThrow();
  // @ts-expect-error: no list of axes
  expect(() => groupNormalization({ axis: [1, 2] })).toThrow();
  // @ts-expect-error: no beta
  expect(() => rmsNormalization({ center: false })).toThrow();
  // @ts-expect-error: exponential or cumulative
  expect(() => batchNormalization({ movingAverage: 'simple' })).toThrow();
  // @ts-expect-error: height and width, no others
  expect(() => filterResponseNormalization({ axis: [2, 3] })).toThrow();
  const { groups, axis, gamma } = groupNormalization({ groups: 5, gammaInitializer: 'randomUniform', axis: undefined });
  expect([groups, axis, gamma]).toEqual([5, -1, undefined]);
});
