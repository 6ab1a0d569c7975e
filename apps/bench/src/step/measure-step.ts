import { type Limits, measure, median, type Timing } from '@normkit/shelf/measure';
import * as tf from '@tensorflow/tfjs';
import type { Backend } from '../backends.ts';
import { type KernelTime, kernelTimes } from './kernel-times.ts';
import { composeFilterGradient } from './stock-filter-gradient.ts';
import { type Step, tutorialStep } from './tutorial.ts';

export type StepContender = 'ours' | 'stock';

/** What was measured of one contender. */
export interface StepTimes {
  /** Of a whole step. */
  readonly total: Timing;
  /** Not on a GPU, where kernels only queue their work. */
  readonly profile?: StepProfile;
}

export interface StepProfile {
  /** By the name of a kernel: medians over steps that were timed kernel by kernel, in milliseconds of all its calls. */
  readonly kernels: Readonly<Record<string, KernelTime>>;
  /** What is left of such a step without its kernels: layers, gradients and the optimizer, as JavaScript. */
  readonly rest: number;
}

/** Steps before any is timed: the first ten take up to twice as long, until the compiler has seen enough of them. */
const WARM_UP = 20;
/** Steps that are timed kernel by kernel, once the whole has been timed. */
const PROFILED = 25;

/**
 * The tutorial's training step: ours, with group norm, and that of TensorFlow.js's own kernels, which has no norm,
 * for there is none.
 */
export async function measureStep(backend: Backend, limits: Limits): Promise<Record<StepContender, StepTimes>> {
  composeFilterGradient(backend.composed);
  const contenders = {
    ours: await tutorialStep(backend.fused, 'group'),
    stock: await tutorialStep(backend.composed, 'none'),
  };
  await inTurns(contenders, Math.min(WARM_UP, limits.rounds), (step) => step.run());
  const totals = await measure<StepContender>(new Map(Object.entries(contenders) as [StepContender, Step][]), limits);
  const profiles = await inTurns(contenders, backend.gpu ? 0 : Math.min(PROFILED, limits.rounds), profile);
  for (const { dispose } of Object.values(contenders)) dispose();
  const timesOf = (name: StepContender): StepTimes => ({
    total: totals.get(name) as Timing,
    ...(profiles[name].length > 0 && { profile: summary(profiles[name]) }),
  });
  return { ours: timesOf('ours'), stock: timesOf('stock') };
}

async function inTurns<Result>(
  contenders: Readonly<Record<StepContender, Step>>,
  rounds: number,
  take: (step: Step) => Promise<Result>,
): Promise<Record<StepContender, Result[]>> {
  const results: Record<StepContender, Result[]> = { ours: [], stock: [] };
  for (let round = 0; round < rounds; round++) {
    for (const name of ['ours', 'stock'] as const) {
      await contenders[name].enter();
      results[name].push(await take(contenders[name]));
    }
  }
  return results;
}

interface Profile {
  readonly kernels: ReadonlyMap<string, KernelTime>;
  readonly rest: number;
}

async function profile({ run }: Step): Promise<Profile> {
  let total = 0;
  const kernels = await kernelTimes(tf.getBackend(), async () => {
    const start = performance.now();
    await run();
    total = performance.now() - start;
  });
  const inKernels = [...kernels.values()].reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return { kernels, rest: total - inKernels };
}

function summary(profiles: readonly Profile[]): StepProfile {
  const names = new Set(profiles.flatMap(({ kernels }) => [...kernels.keys()]));
  const kernels: Record<string, KernelTime> = {};
  for (const name of names) {
    const times = profiles.map((profile) => profile.kernels.get(name) ?? { milliseconds: 0, calls: 0 });
    kernels[name] = {
      milliseconds: median(times.map(({ milliseconds }) => milliseconds)),
      calls: median(times.map(({ calls }) => calls)),
    };
  }
  return { kernels, rest: median(profiles.map(({ rest }) => rest)) };
}
