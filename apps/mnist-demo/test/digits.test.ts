import { CLASSES, PIXELS } from '@normkit/shelf/tutorial/picture';
import { describe, expect, it } from 'vitest';
import { builtInDigits, drawDigits } from '../src/data/strokes/digits.ts';
import { firstOf, histogramOf } from '../src/tutorial/digits.ts';
import { orderOf } from '../src/tutorial/order.ts';

describe('the built-in digits', () => {
  it('are the same at every call, and not the same in both splits', () => {
    const { train, test } = builtInDigits();
    expect(drawDigits(50, 'train')).toEqual(firstOf(train, 50));
    expect(firstOf(test, 50)).not.toEqual(firstOf(train, 50));
  });

  it('are about as many of each kind', () => {
    const counts = histogramOf(firstOf(builtInDigits().train, 2000));
    for (const count of counts) expect(Math.abs(count - 200)).toBeLessThan(60);
  });

  it('are too hard for a linear classifier: under 95 %, and still far better than chance', () => {
    const all = builtInDigits();
    const [train, test] = [firstOf(all.train, 2000), firstOf(all.test, 500)];
    const weights = softmaxRegression(train.images, train.labels);
    let hits = 0;
    for (let index = 0; index < test.labels.length; index++) {
      const scores = scoresOf(weights, test.images, index);
      if (scores.indexOf(Math.max(...scores)) === test.labels[index]) hits++;
    }
    expect(hits / test.labels.length).toBeLessThan(0.95);
    expect(hits / test.labels.length).toBeGreaterThan(0.5);
  });
});

it('the order of an epoch has every index once, and differs between epochs and seeds', () => {
  const order = orderOf(97, 1, 0);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 97 }, (_, index) => index));
  expect(orderOf(97, 1, 0)).toEqual(order);
  expect(orderOf(97, 1, 1)).not.toEqual(order);
  expect(orderOf(97, 2, 0)).not.toEqual(order);
});

/** Weights and bias of each digit, by stochastic gradient descent. */
function softmaxRegression(images: Uint8Array, labels: Uint8Array): Float64Array[] {
  const weights = Array.from({ length: CLASSES }, () => new Float64Array(PIXELS + 1));
  for (let epoch = 0; epoch < 5; epoch++) {
    for (let index = 0; index < labels.length; index++) {
      const scores = scoresOf(weights, images, index);
      const most = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - most));
      const total = powers.reduce((sum, power) => sum + power, 0);
      for (const [digit, row] of weights.entries()) {
        const slope = 0.05 * ((powers[digit] ?? 0) / total - (labels[index] === digit ? 1 : 0));
        for (let p = 0; p < PIXELS; p++) {
          const ink = images[index * PIXELS + p] ?? 0;
          if (ink > 0) row[p] = (row[p] ?? 0) - (slope * ink) / 255;
        }
        row[PIXELS] = (row[PIXELS] ?? 0) - slope;
      }
    }
  }
  return weights;
}

function scoresOf(weights: readonly Float64Array[], images: Uint8Array, index: number): number[] {
  return weights.map((row) => {
    let score = row[PIXELS] ?? 0;
    for (let p = 0; p < PIXELS; p++) score += ((row[p] ?? 0) * (images[index * PIXELS + p] ?? 0)) / 255;
    return score;
  });
}
