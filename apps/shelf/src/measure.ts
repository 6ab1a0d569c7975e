/** Something that can be run again and again. */
export type Runner = Run | SelfTimed;

export interface Run {
  /** Comes before each turn, and is not timed. */
  readonly enter: () => Promise<void>;
  readonly run: () => void | Promise<void>;
  /** Where runs only queue their work: ends each turn, and resolves when all of it is done. */
  readonly finish?: (() => Promise<void>) | undefined;
}

/** What only knows itself how long it took, as another process does. */
export interface SelfTimed {
  readonly enter: () => Promise<void>;
  /** Runs so many times, and tells the milliseconds of all. */
  readonly time: (repeats: number) => Promise<number>;
}

export interface Limits {
  /** No more rounds than this, for any runner. */
  readonly rounds: number;
  /** A runner that has used so many milliseconds, and has had a few rounds, drops out. */
  readonly budget: number;
}

export interface Timing {
  /** Milliseconds of one run: the median over the rounds. */
  readonly median: number;
  readonly rounds: number;
}

/** The least number of rounds of a runner that is not slow. */
export const FEW_ROUNDS = 5;
/** Milliseconds. A run that takes longer has warmed itself up: the first one counts, and may remain the only one. */
export const SLOW = 2000;
/** Milliseconds. Faster runs are repeated for so long and averaged: the clock and a cold cache would drown them. */
export const TURN = 0.25;
/** The same of what is queued: being told that it is done takes up to a millisecond, once a turn. */
export const QUEUED_TURN = 25;
/** Each runner is warmed up by so many runs, and for so many milliseconds, for the compiler to settle. */
const WARM_UP = { runs: 3, time: 100 };

/**
 * Medians of interleaved runs: in every round each runner has one turn, and each round starts with another runner, so
 * that a machine that slows down, or a neighbour that leaves garbage behind, is not charged to one of them.
 */
export async function measure<Name extends string>(
  runners: ReadonlyMap<Name, Runner>,
  limits: Limits,
  now: () => number = () => performance.now(),
): Promise<Map<Name, Timing>> {
  const entries: Entry<Name>[] = [];
  for (const [name, runner] of runners) entries.push({ name, runner, ...(await warmUp(runner, now)) });
  for (let round = 0; ; round++) {
    const running = rotated(entries, round).filter((entry) => !isDone(entry, limits));
    if (running.length === 0) break;
    for (const entry of running) entry.samples.push(await turn(entry.runner, entry.repeats, now));
  }
  return new Map(entries.map(({ name, samples }) => [name, { median: median(samples), rounds: samples.length }]));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

interface Entry<Name> {
  readonly name: Name;
  readonly runner: Runner;
  /** Runs in each turn. */
  readonly repeats: number;
  /** Milliseconds of one run, by round. */
  readonly samples: number[];
}

async function warmUp(runner: Runner, now: () => number): Promise<{ repeats: number; samples: number[] }> {
  const isQueued = 'finish' in runner && runner.finish !== undefined;
  // A GPU's pipelines are compiled in the first one, which may take half a minute.
  if (isQueued) await turn(runner, 1, now);
  const first = await turn(runner, 1, now);
  if (first > SLOW) return { repeats: 1, samples: [first] };
  const times = [first];
  for (let spent = first; times.length < WARM_UP.runs || spent < WARM_UP.time; spent += times.at(-1) ?? 0) {
    // A clock that stands still must not keep us here.
    if (times.length >= WARM_UP.time * 1000) break;
    times.push(await turn(runner, 1, now));
  }
  // The later half is what the compiled code takes.
  const typical = median(times.slice(times.length / 2));
  let repeats = Math.max(1, Math.round(TURN / Math.max(typical, TURN / 10_000)));
  while (isQueued && repeats * (await turn(runner, repeats, now)) < QUEUED_TURN) repeats *= 2;
  return { repeats, samples: [] };
}

async function turn(runner: Runner, repeats: number, now: () => number): Promise<number> {
  await runner.enter();
  if ('time' in runner) return (await runner.time(repeats)) / repeats;
  const { run, finish } = runner;
  const start = now();
  for (let repeat = 0; repeat < repeats; repeat++) {
    // To await what is already there would cost a small run more than its work.
    const pending = run();
    if (pending) await pending;
  }
  if (finish) await finish();
  return (now() - start) / repeats;
}

function isDone({ samples, repeats }: Entry<string>, { rounds, budget }: Limits): boolean {
  if (samples.length >= rounds) return true;
  const spent = samples.reduce((sum, sample) => sum + sample * repeats, 0);
  const least = median(samples) > SLOW ? 1 : FEW_ROUNDS;
  return samples.length >= least && spent >= budget;
}

function rotated<T>(values: readonly T[], by: number): T[] {
  const start = values.length === 0 ? 0 : by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}
