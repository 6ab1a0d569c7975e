import type { AffineOptions, NormOp, SharedOptions } from '@normkit/core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Where a norm is applied: the shape of x, and the options that decide which elements share statistics. */
export interface Layout {
  /** The norm's name. */
  readonly kind: string;
  readonly shape: readonly number[];
  readonly axis: number | readonly number[];
  readonly groups?: number | undefined;
}

/** The options of a layout. */
export type Where = Pick<Layout, 'axis' | 'groups'>;

interface WithStatsOptions extends AffineOptions, SharedOptions {
  readonly axis?: number | undefined;
}

/** An element of x: its indices, one for each axis, and where it is. */
export type Tuple = readonly number[];

/**
 * A norm as the suite knows it: its op, and its definition by index tuples, in the plainest words. It shares no code with
 * the plan that the op is made from.
 */
export interface TestedNorm {
  readonly op: NormOp<never>;
  /** Whether the mean is subtracted. */
  readonly useMean: boolean;
  readonly hasBeta: boolean;
  /** Elements whose keys are equal share statistics. */
  segmentOf(at: Tuple, layout: Layout): readonly number[];
  /** The axes, sorted, whose indices choose the element's gamma and beta. */
  parameterAxes(layout: Layout): readonly number[];
  /** Options that fit a shape of two axes or more; `a` and `b` are any numbers, for others to choose by. */
  optionsFor(shape: readonly number[], a: number, b: number): Where;
  /** Options worth trying at each rank, of shapes [2], [2,3], [2,3,2] and so on. Default: none. */
  optionsOfRank?(shape: readonly number[]): readonly Where[];
  /** The op that returns its statistics too, where there is one: the norm's own op takes `mean` and `variance` then. */
  readonly withStats?: (x: Tensor, options: WithStatsOptions) => { y: Tensor; mean: Tensor; variance: Tensor };
  /** One layout of each regime: these meet every kind of input. */
  readonly layouts: readonly Omit<Layout, 'kind'>[];
  /** Layouts beside those: each axis, each rank, awkward sizes. */
  readonly otherLayouts: readonly Omit<Layout, 'kind'>[];
  /** Segments of thousands of elements, which meet what depends on their number. */
  readonly longLayouts?: readonly Omit<Layout, 'kind'>[];
}

/** An axis other than the batch. */
export function someChannelAxis(shape: readonly number[], a: number): number {
  return 1 + (a % (shape.length - 1));
}

/** Some of the axes: one at least. */
export function someAxes(shape: readonly number[], _: number, b: number): Where {
  const axis = shape.map((_, index) => index).filter((index) => (b >> index) & 1);
  return { axis: axis.length > 0 ? axis : -1 };
}

/** Every other axis from the second on: no four extents say these from rank 4 on. */
export function alternatingAxes(shape: readonly number[]): Where {
  const axis = shape.map((_, index) => index).filter((index) => index % 2 === 1);
  return { axis: axis.length > 0 ? axis : [0] };
}

/** The axes of a layout, counted from the front and sorted. */
export function axesOf({ axis, shape }: Layout): number[] {
  const axes = typeof axis === 'number' ? [axis] : [...axis];
  return axes.map((entry) => (entry + shape.length) % shape.length).sort((a, b) => a - b);
}

/** The one axis of a layout that has one. */
export function channelAxisOf(layout: Layout): number {
  return axesOf(layout)[0] ?? 0;
}

/** All subsets of the axes 0 … rank − 1, the empty one too. */
export function axisSubsets(rank: number): number[][] {
  return Array.from({ length: 2 ** rank }, (_, bits) =>
    Array.from({ length: rank }, (_, axis) => axis).filter((axis) => bits & (1 << axis)),
  );
}
