import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import type { Plan } from './plan.ts';

/*
 * The contract between normkit and a backend: three functions of a call. A call is valid, core has checked it: its
 * tensors are float32, dense and not empty. `x`, `dy`, `weights`, `y` and `dx` are one buffer each, in the order of the
 * plan. `gamma`, `beta`, `dgamma` and `dbeta` are vectors of one value per segment of `plan.affine`.
 */

/** Names under which the three kernels are registered with TensorFlow.js. */
export const kernelNames = { forward: 'NormkitForward', backward: 'NormkitBackward', apply: 'NormkitApply' } as const;

/**
 * The rows of the statistics that `forward` makes: a tensor `[4, segments of plan.stats]`. Another backend may be the
 * current one when `backward` gets them. Statistics that a caller gives have the first two rows alone.
 *
 * - `mean`: 0 where the plan's `useMean` is false.
 * - `variance`: of the population, never negative; the mean square where `useMean` is false.
 * - `meanLow`: what float32 leaves out of the mean, 0 where nothing is known of it.
 * - `deviation`: √(variance + epsilon), which float32 may hold where it does not hold the variance.
 */
export const statsRows = { mean: 0, variance: 1, meanLow: 2, deviation: 3 } as const;

/** What a call can have beside the plain one, by the name of its tensor. A backend declares which of them its kernels do. */
export const extras = ['weights'] as const;
export type Extra = (typeof extras)[number];

/** `forward`: normalizes x with the statistics of x itself. */
export interface ForwardCall<Tensor = TensorInfo> {
  readonly plan: Plan;
  readonly x: Tensor;
  /** Not given: 1. */
  readonly gamma?: Tensor | undefined;
  /** Not given: 0. */
  readonly beta?: Tensor | undefined;
  /**
   * The extra `weights`: how often each element of x counts in the statistics, 0 or more. An element of weight 0 is
   * normalized itself, and reaches no other. If it is NaN, or too large to be squared in float32, it counts as 0 in all
   * statistics and sums, those of `backward` too. A segment in which nothing counts has four statistics of 0, and gives
   * beta.
   */
  readonly weights?: Tensor | undefined;
}

export interface ForwardResult<Tensor = TensorInfo> {
  readonly y: Tensor;
  /** The rows of {@link statsRows}. */
  readonly stats: Tensor;
}

/** `apply`: normalizes x with statistics that a caller gives. */
export interface ApplyCall<Tensor = TensorInfo> {
  readonly plan: Plan;
  readonly x: Tensor;
  /** Two rows: mean and variance. */
  readonly stats: Tensor;
  readonly gamma?: Tensor | undefined;
  readonly beta?: Tensor | undefined;
}

/** `backward`: the gradients of `forward`, or of `apply` with `frozenStats`, for the gradient `dy` of y. */
export interface BackwardCall<Tensor = TensorInfo> {
  readonly plan: Plan;
  readonly dy: Tensor;
  readonly x: Tensor;
  /** The four rows that the `forward` of some backend made; with `frozenStats` the two that a caller gave. */
  readonly stats: Tensor;
  /** The statistics are constants: dx = dy · gamma / √(variance + epsilon). */
  readonly frozenStats: boolean;
  readonly gamma?: Tensor | undefined;
  readonly weights?: Tensor | undefined;
}

export interface BackwardResult<Tensor = TensorInfo> {
  readonly dx: Tensor;
  /** Σ dy · x̂ of each segment of `plan.affine`, also where the call has no gamma. */
  readonly dgamma: Tensor;
  /** Σ dy. */
  readonly dbeta: Tensor;
  /** Only where the call has weights: of their shape. */
  readonly dweights?: Tensor | undefined;
}

/** Any of the three. `'dy' in call` tells a backward call, `'stats' in call` one whose statistics are there. */
export type NormCall<Tensor = TensorInfo> = ForwardCall<Tensor> | ApplyCall<Tensor> | BackwardCall<Tensor>;

/** Calls that a backend's kernels do not do: they are composed of TensorFlow.js's own operations. */
export interface Gap<Backend = KernelBackend> {
  readonly name: string;
  /** What is missing, in words. */
  readonly why: string;
  /** Whether this call falls into the gap. Asked before the kernel runs: a profiler turns what a kernel throws into a crash. */
  covers(call: NormCall, backend: Backend): boolean;
}

/**
 * The arithmetic that statistics may be computed in, the most exact first. With `float16` it is float32, but whatever lies between two programs is
 * kept in half floats, tensors too.
 */
export const precisions = ['float64', 'float32', 'float16'] as const;
export type Precision = (typeof precisions)[number];

/** What a backend says of its kernels, as data. */
export interface NormTraits<Backend = KernelBackend> {
  /**
   * The arithmetic of its statistics: what the numeric contract asks of its results. A function, where it depends on the device
   * of the current backend.
   */
  readonly precision: Precision | (() => Precision);
  /** The extras that its kernels do. Default: none. A call with another extra is composed. */
  readonly extras?: readonly Extra[];
  /** Default: none. */
  readonly gaps?: readonly Gap<Backend>[];
  /**
   * Throws where there is no room for so many tensors of this shape, and keeps none. For backends whose own operations
   * do not survive a full memory: asked before a masked norm, which may be composed of them.
   */
  reserve?(backend: Backend, shape: readonly number[], count: number): void;
}

/**
 * The kernels of a backend.
 *
 * @example see examples/own-backend, the plainest kernels that pass the whole conformance suite.
 */
export interface NormKernels<Backend = KernelBackend> extends NormTraits<Backend> {
  /** y = gamma · (x − mean) / √(variance + epsilon) + beta. A segment whose root is 0 gives beta. */
  forward(backend: Backend, call: ForwardCall): ForwardResult;
  backward(backend: Backend, call: BackwardCall): BackwardResult;
  apply(backend: Backend, call: ApplyCall): TensorInfo;
  /** A row of what `forward` made, as a vector. For backends whose own slice copies more than the row. */
  statistic?(backend: Backend, stats: TensorInfo, row: 'mean' | 'variance'): TensorInfo;
}
