import { type NormKernels, type Plan, segmentCount, segmentOf, statsRows } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';

/** The steps of a normalization, each of which can be replaced by a wrong one. */
export interface Arithmetic {
  /** How many elements count. */
  readonly count: (weights: readonly number[]) => number;
  readonly mean: (values: readonly number[], count: number, weights: readonly number[]) => number;
  readonly meanCounts: (plan: Plan) => boolean;
  readonly variance: (values: readonly number[], mean: number, count: number, weights: readonly number[]) => number;
  readonly inverse: (variance: number, epsilon: number) => number;
  readonly normalize: (x: number, mean: number, inverse: number) => number;
  readonly y: (normalized: number, gamma: number, beta: number) => number;
  readonly stats: (mean: number, variance: number) => [number, number];
  /** `passed` is what the statistics pass on to an element of weight 1. */
  readonly dx: (g: number, passed: Passed, normalized: number, inverse: number, weight: number) => number;
  readonly dgamma: (dy: number, x: number, normalized: number) => number;
  readonly dbeta: (dy: number) => number;
  readonly dweights: (passed: Passed, normalized: number, relativeVariance: number) => number;
  readonly freezes: boolean;
  readonly parameter: (index: number, count: number) => number;
}

/** Means over a segment: of g = gamma · dy, and of g times the normalized value. */
export interface Passed {
  readonly g: number;
  readonly gn: number;
}

export const right: Arithmetic = {
  count: (weights) => weights.reduce((sum, weight) => sum + weight, 0),
  // About the first value: weights that are no binary fractions would give equal values another mean than their own.
  mean: ([first = 0, ...others], count, [, ...weights]) =>
    first + others.reduce((sum, value, i) => sum + (value - first) * (weights[i] ?? 1), 0) / count,
  meanCounts: ({ useMean }) => useMean,
  variance: (values, mean, count, weights) =>
    values.reduce((sum, value, i) => sum + (value - mean) ** 2 * (weights[i] ?? 1), 0) / count,
  inverse: (variance, epsilon) => (variance + epsilon === 0 ? 0 : 1 / Math.sqrt(variance + epsilon)),
  normalize: (x, mean, inverse) => (x - mean) * inverse,
  y: (normalized, gamma, beta) => normalized * gamma + beta,
  stats: (mean, variance) => [mean, variance],
  dx: (g, passed, normalized, inverse, weight) => (g - weight * (passed.g + normalized * passed.gn)) * inverse,
  dgamma: (dy, _, normalized) => dy * normalized,
  dbeta: (dy) => dy,
  dweights: (passed, normalized, relativeVariance) =>
    -normalized * passed.g - 0.5 * passed.gn * (normalized ** 2 - relativeVariance),
  freezes: true,
  parameter: (index) => index,
};

interface PlainBackend {
  readonly data: { get(dataId: object): { values?: unknown } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
}

interface Segment {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
  readonly inverse: number;
}

/** Kernels without a thought for speed: they find each segment's elements by the formula, and recompute everything. */
export function plainKernels(arithmetic: Arithmetic): NormKernels<PlainBackend> {
  const read = (backend: PlainBackend, tensor: TensorInfo) =>
    Float32Array.from(backend.data.get(tensor.dataId).values as ArrayLike<number>);
  const readIf = (backend: PlainBackend, tensor: TensorInfo | undefined) => tensor && read(backend, tensor);
  const write = (backend: PlainBackend, shape: readonly number[], values: ArrayLike<number>) =>
    backend.makeTensorInfo([...shape], 'float32', Float32Array.from(values));
  return {
    precision: 'float64',
    extras: ['weights'],
    forward(backend, { plan, x, gamma, beta, weights }) {
      const values = read(backend, x);
      const segments = segmentsOf(arithmetic, plan, values, readIf(backend, weights));
      const y = output(arithmetic, plan, values, segments, {
        gamma: readIf(backend, gamma),
        beta: readIf(backend, beta),
      });
      const stored = segments.map(({ mean, variance }) => arithmetic.stats(mean, variance));
      const rows: Record<keyof typeof statsRows, number[]> = {
        mean: stored.map(([mean]) => mean),
        variance: stored.map(([, variance]) => variance),
        meanLow: segments.map(({ mean }) => mean - Math.fround(mean)),
        deviation: segments.map(({ inverse }) => (inverse === 0 ? 0 : 1 / inverse)),
      };
      const names = Object.keys(statsRows) as (keyof typeof statsRows)[];
      const stats = names.flatMap((name) => rows[name]);
      return { y: write(backend, x.shape, y), stats: write(backend, [names.length, segments.length], stats) };
    },
    backward(backend, { plan, dy, x, stats, gamma, weights, frozenStats }) {
      const values = read(backend, x);
      const counts = readIf(backend, weights);
      const segments = frozenStats
        ? given(arithmetic, plan, read(backend, stats))
        : segmentsOf(arithmetic, plan, values, counts);
      const { dx, dgamma, dbeta, dweights } = gradients(arithmetic, plan, {
        dy: read(backend, dy),
        x: values,
        segments,
        gamma: readIf(backend, gamma),
        weights: counts,
        frozen: frozenStats && arithmetic.freezes,
      });
      return {
        dx: write(backend, x.shape, dx),
        dgamma: write(backend, [dgamma.length], dgamma),
        dbeta: write(backend, [dbeta.length], dbeta),
        ...(weights && { dweights: write(backend, weights.shape, dweights) }),
      };
    },
    apply(backend, { plan, x, stats, gamma, beta }) {
      const segments = given(arithmetic, plan, read(backend, stats));
      const parameters = { gamma: readIf(backend, gamma), beta: readIf(backend, beta) };
      return write(backend, x.shape, output(arithmetic, plan, read(backend, x), segments, parameters));
    },
  };
}

/** What enters the statistics. A value of weight 0 that cannot be squared in float32 is taken to be 0. */
function fitted(value: number, weight: number): number {
  return weight === 0 && !Number.isFinite(Math.fround(value * 2e20)) ? 0 : value;
}

function segmentsOf(a: Arithmetic, plan: Plan, x: Float32Array, weights?: Float32Array): Segment[] {
  const members = Array.from({ length: segmentCount(plan.stats) }, () => ({
    values: [] as number[],
    weights: [] as number[],
  }));
  for (const [index, value] of x.entries()) {
    const weight = weights?.[index] ?? 1;
    if (weight === 0) continue;
    const segment = members[segmentOf(plan.stats, index)];
    segment?.values.push(value);
    segment?.weights.push(weight);
  }
  return members.map(({ values, weights }) => {
    if (values.length === 0) return { count: 1, mean: 0, variance: 0, inverse: 0 };
    const count = a.count(weights);
    const mean = a.meanCounts(plan) ? a.mean(values, count, weights) : 0;
    const variance = a.variance(values, mean, count, weights);
    return { count, mean, variance, inverse: a.inverse(variance, plan.epsilon) };
  });
}

/** Statistics in two rows, of a caller. */
function given(a: Arithmetic, plan: Plan, stats: Float32Array): Segment[] {
  const segments = segmentCount(plan.stats);
  return Array.from({ length: segments }, (_, s) => {
    const [mean, variance] = a.stats(stats[s] ?? 0, stats[s + segments] ?? 0);
    return { count: 1, mean, variance, inverse: a.inverse(variance, plan.epsilon) };
  });
}

function parameterOf(a: Arithmetic, plan: Plan, index: number): number {
  return a.parameter(segmentOf(plan.affine, index), segmentCount(plan.affine));
}

function output(
  a: Arithmetic,
  plan: Plan,
  x: Float32Array,
  segments: readonly Segment[],
  { gamma, beta }: { readonly gamma: Float32Array | undefined; readonly beta: Float32Array | undefined },
): Float32Array {
  return x.map((value, index) => {
    const { mean, inverse } = segments[segmentOf(plan.stats, index)] as Segment;
    const p = parameterOf(a, plan, index);
    return a.y(a.normalize(value, mean, inverse), gamma?.[p] ?? 1, beta?.[p] ?? 0);
  });
}

interface GradientOf {
  readonly dy: Float32Array;
  readonly x: Float32Array;
  readonly segments: readonly Segment[];
  readonly gamma: Float32Array | undefined;
  readonly weights: Float32Array | undefined;
  readonly frozen: boolean;
}

function gradients(a: Arithmetic, plan: Plan, { dy, x, segments, gamma, weights, frozen }: GradientOf) {
  const parameters = segmentCount(plan.affine);
  const [dgamma, dbeta] = [new Float64Array(parameters), new Float64Array(parameters)];
  const sums = segments.map(() => ({ g: 0, gn: 0 }));
  const terms = Array.from(x, (raw, index) => {
    const s = segmentOf(plan.stats, index);
    const p = parameterOf(a, plan, index);
    const { count, mean, variance, inverse } = segments[s] as Segment;
    const weight = weights?.[index] ?? 1;
    const value = fitted(raw, weight);
    const [d, normalized] = [dy[index] ?? 0, a.normalize(value, mean, inverse)];
    const g = d * (gamma?.[p] ?? 1);
    const sum = sums[s] as { g: number; gn: number };
    sum.g += a.meanCounts(plan) ? g / count : 0;
    sum.gn += (g * normalized) / count;
    dgamma[p] = (dgamma[p] ?? 0) + a.dgamma(d, value, normalized);
    dbeta[p] = (dbeta[p] ?? 0) + a.dbeta(d);
    return { g, passed: frozen ? { g: 0, gn: 0 } : sum, normalized, variance, inverse, weight };
  });
  return {
    dx: terms.map(({ g, passed, normalized, inverse, weight }) => a.dx(g, passed, normalized, inverse, weight)),
    dgamma,
    dbeta,
    dweights: terms.map(({ passed, normalized, variance, inverse }) =>
      a.dweights(passed, normalized, variance * inverse ** 2),
    ),
  };
}
