import { type NormKernels, type Plan, segmentCount, segmentOf } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';

/** The steps of a normalization, each of which can be replaced by a wrong one. */
export interface Arithmetic {
  readonly mean: (values: readonly number[], count: number) => number;
  readonly meanCounts: (plan: Plan) => boolean;
  readonly variance: (values: readonly number[], mean: number, count: number) => number;
  readonly inverse: (variance: number, epsilon: number) => number;
  readonly normalize: (x: number, mean: number, inverse: number) => number;
  readonly y: (normalized: number, gamma: number, beta: number) => number;
  readonly stats: (mean: number, variance: number) => [number, number];
  readonly dx: (g: number, meanG: number, normalized: number, meanGn: number, inverse: number) => number;
  readonly dgamma: (dy: number, x: number, normalized: number) => number;
  readonly dbeta: (dy: number) => number;
  readonly freezes: boolean;
  readonly parameter: (index: number, count: number) => number;
}

export const right: Arithmetic = {
  mean: (values, count) => values.reduce((sum, value) => sum + value, 0) / count,
  meanCounts: ({ useMean }) => useMean,
  variance: (values, mean, count) => values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count,
  inverse: (variance, epsilon) => (variance + epsilon === 0 ? 0 : 1 / Math.sqrt(variance + epsilon)),
  normalize: (x, mean, inverse) => (x - mean) * inverse,
  y: (normalized, gamma, beta) => normalized * gamma + beta,
  stats: (mean, variance) => [mean, variance],
  dx: (g, meanG, normalized, meanGn, inverse) => (g - meanG - normalized * meanGn) * inverse,
  dgamma: (dy, _, normalized) => dy * normalized,
  dbeta: (dy) => dy,
  freezes: true,
  parameter: (index) => index,
};

interface PlainBackend {
  readonly data: { get(dataId: object): { values?: unknown } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
}

interface Segment {
  readonly mean: number;
  readonly variance: number;
  readonly inverse: number;
}

/** Kernels without a thought for speed: they find each segment's elements by the formula, and recompute everything. */
export function plainKernels(arithmetic: Arithmetic): NormKernels<PlainBackend> {
  const a = arithmetic;
  const read = (backend: PlainBackend, tensor: TensorInfo) =>
    Float32Array.from(backend.data.get(tensor.dataId).values as ArrayLike<number>);
  const write = (backend: PlainBackend, shape: readonly number[], values: ArrayLike<number>) =>
    backend.makeTensorInfo([...shape], 'float32', Float32Array.from(values));

  const segmentsOf = (plan: Plan, x: Float32Array): Segment[] => {
    const members: number[][] = Array.from({ length: segmentCount(plan.stats) }, () => []);
    for (const [index, value] of x.entries()) members[segmentOf(plan.stats, index)]?.push(value);
    return members.map((values) => {
      const mean = a.meanCounts(plan) ? a.mean(values, values.length) : 0;
      const variance = a.variance(values, mean, values.length);
      return { mean, variance, inverse: a.inverse(variance, plan.epsilon) };
    });
  };
  const given = (plan: Plan, stats: Float32Array): Segment[] =>
    Array.from({ length: segmentCount(plan.stats) }, (_, s) => {
      const [mean, variance] = a.stats(stats[s] ?? 0, stats[s + segmentCount(plan.stats)] ?? 0);
      return { mean, variance, inverse: a.inverse(variance, plan.epsilon) };
    });
  const parameterOf = (plan: Plan, index: number) =>
    a.parameter(segmentOf(plan.affine, index), segmentCount(plan.affine));
  const output = (plan: Plan, x: Float32Array, segments: Segment[], gamma?: Float32Array, beta?: Float32Array) =>
    x.map((value, index) => {
      const { mean, inverse } = segments[segmentOf(plan.stats, index)] as Segment;
      const p = parameterOf(plan, index);
      return a.y(a.normalize(value, mean, inverse), gamma?.[p] ?? 1, beta?.[p] ?? 0);
    });

  return {
    gaps: [],
    forward(backend, { plan, x, gamma, beta }) {
      const values = read(backend, x);
      const segments = segmentsOf(plan, values);
      const y = output(plan, values, segments, gamma && read(backend, gamma), beta && read(backend, beta));
      const rows = segments.map(({ mean, variance }) => a.stats(mean, variance));
      const stats = [...rows.map(([mean]) => mean), ...rows.map(([, variance]) => variance)];
      return [write(backend, x.shape, y), write(backend, [2, segments.length], stats)];
    },
    backward(backend, { plan, dy, x, stats, gamma, frozenStats }) {
      const [values, gradient, scale] = [read(backend, x), read(backend, dy), gamma && read(backend, gamma)];
      const frozen = frozenStats && a.freezes;
      const segments = frozenStats ? given(plan, read(backend, stats)) : segmentsOf(plan, values);
      const [dgamma, dbeta] = [
        new Float64Array(segmentCount(plan.affine)),
        new Float64Array(segmentCount(plan.affine)),
      ];
      const sums = segments.map(() => ({ count: 0, g: 0, gn: 0 }));
      const terms = Array.from(values, (value, index) => {
        const s = segmentOf(plan.stats, index);
        const p = parameterOf(plan, index);
        const { mean, inverse } = segments[s] as Segment;
        const [d, normalized] = [gradient[index] ?? 0, a.normalize(value, mean, inverse)];
        const g = d * (scale?.[p] ?? 1);
        const sum = sums[s] as { count: number; g: number; gn: number };
        sum.count += 1;
        sum.g += g;
        sum.gn += g * normalized;
        dgamma[p] = (dgamma[p] ?? 0) + a.dgamma(d, value, normalized);
        dbeta[p] = (dbeta[p] ?? 0) + a.dbeta(d);
        return { s, g, normalized, inverse };
      });
      const dx = terms.map(({ s, g, normalized, inverse }) => {
        const { count, g: sumG, gn } = sums[s] as { count: number; g: number; gn: number };
        return a.dx(g, frozen || !a.meanCounts(plan) ? 0 : sumG / count, normalized, frozen ? 0 : gn / count, inverse);
      });
      return [
        write(backend, x.shape, dx),
        write(backend, [dgamma.length], dgamma),
        write(backend, [dbeta.length], dbeta),
      ];
    },
    apply(backend, { plan, x, stats, gamma, beta }) {
      const values = read(backend, x);
      const segments = given(plan, read(backend, stats));
      return write(
        backend,
        x.shape,
        output(plan, values, segments, gamma && read(backend, gamma), beta && read(backend, beta)),
      );
    },
  };
}
