import type { BackendName } from '@normkit/shelf/backends';
import { DEFAULTS, type Settings } from '../tutorial/settings.ts';
import type { Begun, Options } from './options.ts';
import type { Run } from './runs.ts';

const BATCH_SIZES = [2, 4, 8, 16, 32] as const;
/** A model at batch size 2 takes 16 times the steps of one at 32. */
const SAMPLES_BY_BATCH_SIZE = 4000;
/** On cpu a step takes a second, and so does a batch of the test. */
const SAMPLES_BY_BACKEND = 640;
const TEST_SAMPLES_BY_BACKEND = 250;

/** To run on where nothing was asked for: the fastest; or all, to compare them. */
export function usualBackends({ compare }: Options, atHand: readonly BackendName[]): readonly BackendName[] {
  return compare === 'backends' ? atHand : atHand.slice(0, 1);
}

/** What the options ask for, run by run. */
export function runsOf(options: Begun): readonly Run[] {
  const { norms, backends, compare, samples } = options;
  const settings: Omit<Settings, 'norm' | 'samples'> = {
    epochs: options.epochs,
    batchSize: options.batchSize,
    optimizer: options.optimizer,
    learningRate: options.learningRate,
    seed: options.seed,
  };
  if (compare === 'batch-size') {
    const each = { ...settings, samples: samples ?? SAMPLES_BY_BATCH_SIZE };
    return (['batch', 'group'] as const).flatMap((norm) =>
      BATCH_SIZES.map((batchSize) => ({
        backends: backends.slice(0, 1),
        settings: { ...each, norm, batchSize },
        testSamples: Number.POSITIVE_INFINITY,
      })),
    );
  }
  const each = { ...settings, samples: samples ?? (compare ? SAMPLES_BY_BACKEND : DEFAULTS.samples) };
  const alone = backends.map((backend) => [backend]);
  const ways = compare && backends.length > 1 ? [...alone, backends] : alone;
  const testSamples = compare ? TEST_SAMPLES_BY_BACKEND : Number.POSITIVE_INFINITY;
  return norms.flatMap((norm) => ways.map((way) => ({ backends: way, settings: { ...each, norm }, testSamples })));
}
