import { describe, expect, it } from 'vitest';
import { type Limits, measure, median, QUEUED_TURN, type Runner, SLOW, TURN } from '../src/measure.ts';

/** Runners that take the milliseconds given, on a clock that only they move, and a log of their turns. */
function stage(durations: Record<string, number | (() => number)>) {
  let time = 0;
  const turns: string[] = [];
  const runners = new Map<string, Runner>();
  for (const [name, duration] of Object.entries(durations)) {
    runners.set(name, {
      enter: async () => {
        turns.push(name);
        // Were this timed, every median would tell.
        time += 1e6;
      },
      run: () => {
        time += typeof duration === 'number' ? duration : duration();
      },
    });
  }
  return { turns, measure: (limits: Limits) => measure(runners, limits, () => time) };
}

const generous = { rounds: 7, budget: 1e9 };

describe('median', () => {
  it('is the middle value, or the mean of the two in the middle', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([8, 1, 2, 100])).toBe(5);
  });

  it('of nothing is not a number', () => {
    expect(median([])).toBeNaN();
  });
});

describe('measure', () => {
  it('gives each runner one turn in every round, and each round another start', async () => {
    const { turns, measure } = stage({ a: 50, b: 60, c: 70 });
    await measure({ rounds: 4, budget: 1e9 });
    expect(turns.slice(-12).join('')).toBe('abcbcacababc');
  });

  it('reports the median and the number of rounds, without the time that entering takes', async () => {
    const timings = await stage({ a: 50, b: 60 }).measure(generous);
    expect(timings).toEqual(
      new Map([
        ['a', { median: 50, rounds: 7 }],
        ['b', { median: 60, rounds: 7 }],
      ]),
    );
  });

  it('leaves the warm-up out', async () => {
    let runs = 0;
    const timings = await stage({ a: () => (runs++ < 3 ? 900 : 40) }).measure(generous);
    expect(timings.get('a')?.median).toBe(40);
  });

  it('repeats a fast run within its turn, and reports the time of one', async () => {
    let runs = 0;
    const fast = TURN / 8;
    const { measure } = stage({
      a: () => {
        runs++;
        return fast;
      },
    });
    const timings = await measure(generous);
    expect(timings.get('a')).toEqual({ median: fast, rounds: 7 });
    expect(runs).toBe(100 / fast + 7 * 8);
  });

  it('stops a runner that has used its budget, but not before five rounds', async () => {
    const timings = await stage({ cheap: 10, dear: 100 }).measure({ rounds: 1000, budget: 200 });
    expect(timings.get('cheap')?.rounds).toBe(20);
    expect(timings.get('dear')?.rounds).toBe(5);
  });

  it('never exceeds the number of rounds', async () => {
    const timings = await stage({ a: 10 }).measure({ rounds: 2, budget: 1e9 });
    expect(timings.get('a')?.rounds).toBe(2);
  });

  it('lets the first run of a slow runner count, and runs it again only within the budget', async () => {
    const slow = SLOW + 500;
    const { turns, measure } = stage({ once: slow, fast: 10 });
    const timings = await measure({ rounds: 6, budget: 100 });
    expect(timings.get('once')).toEqual({ median: slow, rounds: 1 });
    expect(turns.filter((name) => name === 'once')).toHaveLength(1);
    expect(timings.get('fast')?.rounds).toBe(6);
    const thrice = await stage({ slow }).measure({ rounds: 50, budget: 3 * slow });
    expect(thrice.get('slow')?.rounds).toBe(3);
  });

  it('waits for a run that is a promise', async () => {
    let time = 0;
    const run = async () => {
      await Promise.resolve();
      time += 30;
    };
    const timings = await measure(new Map([['a', { enter: async () => {}, run }]]), generous, () => time);
    expect(timings.get('a')?.median).toBe(30);
  });

  it('waits once in a turn for what runs have only queued, and that is part of the time', async () => {
    let [time, queued] = [0, 0];
    const waits: number[] = [];
    const runner = {
      enter: async () => {},
      run: () => {
        queued += 2;
      },
      finish: async () => {
        waits.push(queued);
        // The waiting itself takes 0.5.
        time += queued + 0.5;
        queued = 0;
      },
    };
    const timings = await measure(new Map([['a', runner]]), generous, () => time);
    const turn = waits.at(-1) ?? Number.NaN;
    expect(turn).toBeGreaterThanOrEqual(QUEUED_TURN - 0.5);
    expect(waits.slice(-7)).toEqual(Array(7).fill(turn));
    expect(timings.get('a')?.median).toBeCloseTo(2 * (1 + 0.5 / turn), 9);
  });

  it('leaves the first run of a slow one that queues out, in which its pipelines are compiled', async () => {
    let [time, runs] = [0, 0];
    const runner = {
      enter: async () => {},
      run: () => {
        time += runs++ === 0 ? 10 * SLOW : 2 * SLOW;
      },
      finish: async () => {},
    };
    const timings = await measure(new Map([['a', runner]]), { rounds: 5, budget: 1 }, () => time);
    expect(timings.get('a')).toEqual({ median: 2 * SLOW, rounds: 1 });
  });

  it('takes the word of a runner that times itself, for as many runs as fill a turn', async () => {
    const asked: number[] = [];
    const time = async (repeats: number) => {
      asked.push(repeats);
      return (repeats * TURN) / 5;
    };
    const timings = await measure(new Map([['a', { enter: async () => {}, time }]]), generous, () => 0);
    expect(timings.get('a')).toEqual({ median: TURN / 5, rounds: 7 });
    expect(asked.slice(-7)).toEqual(Array(7).fill(5));
  });
});
