import type { NormKind } from '@normkit/core';
import type { StatedTolerance, Values } from './data.ts';

/** What became of one entry of the data: the calls that check it, or the reason why no call can. */
export type Entry = RunnableEntry | UnfitEntry;

export interface RunnableEntry {
  readonly name: string;
  readonly calls: readonly Call[];
}

export interface UnfitEntry {
  readonly name: string;
  readonly notApplicable: string;
}

/** A norm's name, or `batchNormWithStats`, which gives the statistics too. */
export type Op = NormKind | 'batchNormWithStats';
export type InputName = 'x' | 'gamma' | 'beta' | 'mean' | 'variance';
export type OutputName = 'y' | 'mean' | 'variance' | 'movingMean' | 'movingVariance' | `d${InputName}`;

/** One call of an op, as data: what goes in, and what must come out. */
export interface Call {
  readonly op: Op;
  readonly options: {
    readonly axis: number | readonly number[];
    readonly groups?: number | undefined;
    readonly epsilon: number;
  };
  readonly inputs: Inputs;
  /** What the source does to y afterwards. */
  readonly finish?: { readonly multiplyBy: number } | 'relu' | undefined;
  readonly moving?: MovingAverages | undefined;
  /** Where gradients are expected: the gradient of y, or the loss whose gradients they are. */
  readonly upstream?: Values | Loss | undefined;
  readonly expected: Partial<Readonly<Record<OutputName, Values | undefined>>>;
  readonly tolerance: Tolerance;
}

export interface Inputs extends Partial<Readonly<Record<InputName, Values | undefined>>> {
  readonly x: Values;
}

export type Loss = 'sum(y)' | 'sum(y^2)' | 'mean(exp(y))';

/** Moving averages before the call, and how the statistics of the batch enter them. */
export interface MovingAverages {
  readonly mean: Values;
  readonly variance: Values;
  /** The weight of the batch: 1 − momentum in Keras and ONNX, momentum in PyTorch. */
  readonly newWeight: number;
  /** Whether the variance is multiplied by n / (n − 1) first, as in PyTorch. */
  readonly unbiased: boolean;
  /** Whether the expected y is that of an inference with the averages just updated. */
  readonly thenInfer: boolean;
}

/**
 * As the source states it, or `contract`: the numeric contract of the backend's precision, beside the rounding of the
 * expected values where they are float16.
 */
export type Tolerance =
  | Exclude<StatedTolerance, { metric: 'ULP_float64' }>
  | { readonly metric: 'contract'; readonly roundedTo?: 'float16' };
