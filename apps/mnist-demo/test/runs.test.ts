import { describe, expect, it } from 'vitest';
import { drawDigits } from '../src/data/strokes/digits.ts';
import { type Progress, type Run, trainAll, type Watcher } from '../src/terminal/runs.ts';
import { DEFAULTS } from '../src/tutorial/settings.ts';

const digits = { source: 'a test', train: drawDigits(12, 'train'), test: drawDigits(600, 'test') };
const run: Run = {
  settings: { ...DEFAULTS, norm: 'none', samples: 12, batchSize: 4 },
  backends: ['wasm'],
  testSamples: Number.POSITIVE_INFINITY,
};

/** Somebody who presses Ctrl-C when the program has looked for it so many times, and what he sees. */
function watcherThatStops(looks: number) {
  const seen = { steps: 0, saved: undefined as Progress | undefined };
  const watcher: Watcher = {
    begin: () => undefined,
    step: () => seen.steps++,
    end: () => undefined,
    save: async (progress) => {
      seen.saved = progress;
    },
    isStopping: () => looks-- <= 0,
  };
  return { seen, watcher };
}

describe('a run', () => {
  it.each([
    ['between two steps', 1, 2],
    ['after the last step', 2, 3],
    ['in the last evaluation', 4, 3],
  ])('stops %s, and goes on from there', async (_, looks, steps) => {
    const whole = await trainAll([run], digits, { finished: [] }, watcherThatStops(100).watcher);
    const first = watcherThatStops(looks);
    expect(await trainAll([run], digits, { finished: [] }, first.watcher)).toBeUndefined();
    expect(first.seen.steps).toBe(steps);
    expect(first.seen.saved?.current?.steps).toHaveLength(steps);

    const second = watcherThatStops(100);
    const resumed = await trainAll([run], digits, first.seen.saved ?? { finished: [] }, second.watcher);
    expect(second.seen.steps).toBe(3 - steps);
    expect(resumed?.[0]?.losses).toHaveLength(3);
    // Adam's powers of beta are computed anew, in another order: hence not the same to the last digit.
    expect(resumed?.[0]?.test.loss).toBeCloseTo(whole?.[0]?.test.loss ?? Number.NaN, 4);
  });
});
