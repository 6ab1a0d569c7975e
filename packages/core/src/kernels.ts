import type { KernelBackend, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { Plan } from './plan.ts';

/** Names under which the three kernels are registered with TensorFlow.js. */
export const kernelNames = { forward: 'NormkitForward', backward: 'NormkitBackward', apply: 'NormkitApply' } as const;
export const { forward: FORWARD, backward: BACKWARD, apply: APPLY } = kernelNames;
/** That of the fourth, which not every backend has. */
export const STATISTIC = 'NormkitStatistic';

/*
 * Every tensor below is float32, dense and not empty. x, y, dy and dx are one buffer in the order of `plan`; gamma,
 * beta, dgamma and dbeta are vectors of one value per segment of `plan.affine`. `stats` is `[rows, segments of plan.stats]`:
 * row 0 the mean (0 where `useMean` is false), row 1 the population variance (the mean square where it is false), which is
 * never negative. A
 * `forward` that knows more adds two rows: what float32 leaves out of the mean, and √(variance + epsilon), which may be
 * within its range where the variance is not. Another backend may be the current one when `backward` gets them.
 */

export interface ForwardCall {
  readonly plan: Plan;
  readonly x: TensorInfo;
  readonly gamma: TensorInfo | undefined;
  readonly beta: TensorInfo | undefined;
}

export interface BackwardCall {
  readonly plan: Plan;
  readonly dy: TensorInfo;
  readonly x: TensorInfo;
  /** As `forward` made it; with `frozenStats`, two rows that the caller gave. */
  readonly stats: TensorInfo;
  readonly gamma: TensorInfo | undefined;
  /** The statistics are constants: dx = dy · gamma / √(variance + epsilon). */
  readonly frozenStats: boolean;
}

export interface ApplyCall extends ForwardCall {
  /** Two rows: mean and variance. */
  readonly stats: TensorInfo;
}

/** Something that a backend's kernels do not do. Ops that meet it are computed from TensorFlow.js's own operations. */
export interface Gap<Backend = KernelBackend> {
  readonly name: string;
  /** What is missing, for a reader of the error. */
  readonly why: string;
  covers(plan: Plan, backend: Backend): boolean;
}

/** The contract of a backend: three kernels, and what they do not do. A call is always valid: core has checked it. */
export interface NormKernels<Backend = KernelBackend> {
  readonly gaps: readonly Gap<Backend>[];
  /** y = gamma · (x − mean) / √(variance + epsilon) + beta. A segment whose root is 0 gives beta. */
  forward(backend: Backend, call: ForwardCall): [y: TensorInfo, stats: TensorInfo];
  /** Gradients of `forward`, or of `apply` with `frozenStats`, for dy; dgamma and dbeta also where there is no gamma. */
  backward(backend: Backend, call: BackwardCall): [dx: TensorInfo, dgamma: TensorInfo, dbeta: TensorInfo];
  /** `forward` with statistics that the caller gives. */
  apply(backend: Backend, call: ApplyCall): TensorInfo;
  /** Row 0 or 1 of what `forward` made, as a vector. For backends whose own slice copies more than the row. */
  statistic?(backend: Backend, stats: TensorInfo, row: 0 | 1): TensorInfo;
  /**
   * Throws where there is no room for so many tensors of this shape, and keeps none. For backends whose own operations
   * do not survive a full memory: asked before a norm is composed of them.
   */
  reserve?(backend: Backend, shape: readonly number[], count: number): void;
}

/** Attributes of the registered kernels. Inputs come in the order x, gamma, beta; (stats, x, gamma, beta) for apply; (dy, x, stats, gamma) for backward. */
export interface KernelAttributes {
  readonly plan: Plan;
  readonly hasGamma: boolean;
  readonly hasBeta: boolean;
  readonly frozenStats: boolean;
}

/** Attributes of the fourth, whose input is stats. */
export interface StatisticAttributes {
  readonly row: 0 | 1;
}

/**
 * A registered kernel. The gaps, and what is asked before a norm is composed, stay with it in TensorFlow.js's registry,
 * where a second copy of this module finds them too. Gaps are asked before the kernel runs, since a profiler turns what a kernel throws into a crash.
 */
export interface NormKernelConfig extends KernelConfig {
  readonly gaps: readonly Gap[];
  readonly reserve?: NormKernels['reserve'];
}
