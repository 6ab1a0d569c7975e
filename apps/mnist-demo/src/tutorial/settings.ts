import type { NormName } from '@normkit/shelf/tutorial/norm-names';
import { LEARNING_RATES, type OptimizerName } from './optimizer-names.ts';

/** What a training run depends on, and nothing else. */
export interface Settings {
  readonly norm: NormName;
  /** Pictures of the training split, from its start. */
  readonly samples: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  /** Of the initial weights, the order of the pictures and the units that are dropped. */
  readonly seed: number;
}

/** The tutorial's own, where it says. */
export const DEFAULTS: Settings = {
  norm: 'group',
  samples: 10_000,
  epochs: 1,
  batchSize: 32,
  optimizer: 'adam',
  learningRate: LEARNING_RATES.adam,
  seed: 1,
};

export function stepsPerEpoch({ samples, batchSize }: Settings): number {
  return Math.ceil(samples / batchSize);
}

export function stepsOf(settings: Settings): number {
  return settings.epochs * stepsPerEpoch(settings);
}
