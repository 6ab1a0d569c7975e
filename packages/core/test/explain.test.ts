import { explain, NormkitError } from '@normkit/core';
import { describe, expect, it } from 'vitest';

describe('explain', () => {
  it('says which axes are reduced, over how many elements, and the shape of gamma and beta', () => {
    expect(explain('groupNorm', [8, 14, 14, 30], { groups: 5 })).toMatchInlineSnapshot(`
      "groupNorm of [8,14,14,30]
        reduces   axes 1 (14), 2 (14) and the 6 channels of each of 5 groups of axis 3 (30)
        statistic 40 × (mean and variance), each over 1176 elements
        shape     gamma and beta: [30]"
    `);
    expect(explain('instanceNorm', [8, 30, 14, 13], { axis: 1 })).toMatchInlineSnapshot(`
      "instanceNorm of [8,30,14,13]
        reduces   axes 2 (14), 3 (13), for each channel of axis 1 (30)
        statistic 240 × (mean and variance), each over 182 elements
        shape     gamma and beta: [30]"
    `);
    expect(explain('layerNorm', [32, 26, 26, 10], { axis: 3 })).toMatchInlineSnapshot(`
      "layerNorm of [32,26,26,10]
        reduces   axis 3 (10)
        statistic 21632 × (mean and variance), each over 10 elements
        shape     gamma and beta: [10]"
    `);
    expect(explain('rmsNorm', [2, 7, 11], { axis: [-1, -2] })).toMatchInlineSnapshot(`
      "rmsNorm of [2,7,11]
        reduces   axes 1 (7), 2 (11)
        statistic 2 × (mean square), each over 77 elements
        shape     gamma: [7,11]"
    `);
    expect(explain('batchNorm', [8, 14, 14, 30])).toMatchInlineSnapshot(`
      "batchNorm of [8,14,14,30]
        reduces   axes 0 (8), 1 (14), 2 (14)
        statistic 30 × (mean and variance), each over 1568 elements
        shape     gamma and beta: [30]"
    `);
  });

  it('warns where a statistic has one element', () => {
    expect(explain('groupNorm', [8, 30], { groups: -1 })).toMatchInlineSnapshot(`
      "groupNorm of [8,30]
        reduces   nothing, for each channel of axis 1 (30)
        statistic 240 × (mean and variance), each over 1 element
        shape     gamma and beta: [30]
        warning   a statistic of one element: x − mean is 0 and the output is beta, whatever x is."
    `);
    expect(explain('batchNorm', [1, 30])).toContain('the output is beta');
    expect(explain('rmsNorm', [8, 1])).toContain('sign of x');
    expect(explain('batchNorm', [2, 30])).not.toContain('warning');
  });

  it('throws as the norm itself would', () => {
    expect(() => explain('groupNorm', [8, 14, 14, 30], { groups: 4 })).toThrow(NormkitError);
    expect(() => explain('layerNorm', [8, 14], { groups: 4 })).toThrow("there is no option 'groups'");
  });
});
