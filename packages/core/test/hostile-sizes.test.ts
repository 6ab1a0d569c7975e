import { explain, layerNorm, NormkitError } from '@normkit/core';
import { checkGroups, valueText } from '@normkit/core/checks';
import type * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';

const messageOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(NormkitError);
    return (error as Error).message;
  }
  throw new Error('expected an error, and nothing was thrown');
};

const groupsOf = (channels: number) =>
  messageOf(() => explain('groupNorm', [1, channels], { groups: channels - 1 })).replace(/.*; use groups /, '');

describe('the divisors in a message', () => {
  it.each([
    [30, '1, 2, 3, 5, 6, 10, 15 or 30.'],
    [36, '1, 2, 3, 4, 6, 9, 12, 18 or 36.'],
    [120, '1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 40, 60 or 120.'],
    [240, '1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 16, 20, 24, 30, 40 or 240.'],
    [1_000_003, '1 or 1000003.'],
    [1e9, '1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 40, 50, 64, 80, 100 or 1000000000.'],
    [
      2 ** 53 - 1,
      '1, 6361, 69431, 129728784761, 1416003655831 or 9007199254740991 (divisors between 100000 and 90071992547 were not looked for).',
    ],
  ])('of %d are at most sixteen', (channels, text) => {
    expect(groupsOf(channels)).toBe(text);
  });

  it('are all that there are, and right', () => {
    for (let channels = 3; channels <= 400; channels++) {
      const all = [...Array(channels).keys()].map((index) => index + 1).filter((divisor) => channels % divisor === 0);
      const shown = groupsOf(channels).slice(0, -1).replace(' or ', ', ').split(', ').map(Number);
      expect(shown).toEqual(all.length <= 16 ? all : [...all.slice(0, 15), channels]);
    }
  });

  it('take no longer for more channels', () => {
    const begun = performance.now();
    for (const channels of [1e9, 1e12, 2 ** 53 - 1, 2 ** 53 - 111, 1e300]) {
      expect(() => checkGroups('groupNorm', 7, -1, [1, channels], channels)).toThrow('divisible by groups');
    }
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

describe('what a caller passes is shown in a message', () => {
  it('in part, of axes and shapes as well', () => {
    const many = Array<number>(1e6).fill(1);
    expect(messageOf(() => explain('layerNorm', [2, 3], { axis: many })).length).toBeLessThan(500);
    expect(messageOf(() => explain('layerNorm', many, { axis: [1, 1] })).length).toBeLessThan(500);
    expect(messageOf(() => explain('layerNorm', many, { axis: 1e7 })).length).toBeLessThan(500);
  });

  it('in part, where it is large', () => {
    expect(valueText('a'.repeat(1e6))).toBe(`'${'a'.repeat(200)}…' (1000000 characters)`);
    expect(valueText(Array.from({ length: 1e5 }, (_, index) => index))).toBe(
      `[${Array.from({ length: 32 }, (_, index) => index)},…] (100000 entries)`,
    );
    const name = 'x'.repeat(1e6);
    expect(messageOf(() => layerNorm([[1, 2]], { [name]: 1 } as object)).length).toBeLessThan(500);
  });

  it('also where it is deep, or holds itself', () => {
    const itself: unknown[] = [1];
    itself[0] = [itself, itself];
    let deep: unknown = 1;
    for (let level = 0; level < 1e5; level++) deep = [deep];
    expect(valueText(deep)).toBe('[[[[[…]]]]]');
    for (const value of [itself, deep]) {
      expect(messageOf(() => layerNorm(value as tf.TensorLike))).toContain(
        'x must be an array of numbers or booleans. Got [[[[[…]',
      );
    }
  });

  it('of an array with a billion holes, the first', () => {
    const holes: number[] = [1, 2];
    holes.length = 1e9;
    expect(messageOf(() => layerNorm(holes))).toContain('Got undefined at [2]');
  });
});

it('a shape of many axes takes time that grows with their number', () => {
  const rank = 20_000;
  const axis = Array.from({ length: rank }, (_, index) => index);
  const begun = performance.now();
  explain('layerNorm', Array<number>(rank).fill(1), { axis });
  expect(performance.now() - begun).toBeLessThan(2000);
});
