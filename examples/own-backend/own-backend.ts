import type { ForwardCall, Plan, View } from '@normkit/core';
import { registerNormKernels, segmentCount, segmentOf, segmentSize, statsRows } from '@normkit/core';
import { copyRegisteredKernels, findBackendFactory, registerBackend, type TensorInfo } from '@tensorflow/tfjs-core';

// TensorFlow.js's backend in plain JavaScript, under another name. The kernels use these members of it.
interface OwnBackend {
  readonly data: { get(dataId: object): { readonly values: ArrayLike<number> } };
  makeTensorInfo(shape: readonly number[], dtype: 'float32', values: Float32Array): TensorInfo;
}

registerBackend('own', () => findBackendFactory('cpu')());
copyRegisteredKernels('cpu', 'own');

registerNormKernels<OwnBackend>('own', {
  precision: 'float64',
  forward(backend, call) {
    const { stats: view, useMean, epsilon } = call.plan;
    const [x, count] = [read(backend, call.x), segmentSize(view)];
    // Two passes: the mean of x², less the square of the mean, has no digits left where the mean is large.
    const mean = sums(view, x, (value) => (useMean ? value : 0)).map((sum) => sum / count);
    const variance = sums(view, x, (value, _, segment) => (value - at(mean, segment)) ** 2 / count);
    const deviation = variance.map((value) => Math.sqrt(value + epsilon));
    const meanLow = mean.map((value) => value - Math.fround(value));
    const rows = { mean, variance, meanLow, deviation };
    const stats = Object.keys(statsRows).flatMap((name) => [...rows[name as Row]]);
    return {
      y: write(backend, call.x.shape, output(backend, call, rows)),
      stats: write(backend, [stats.length / mean.length, mean.length], stats),
    };
  },
  apply(backend, call) {
    return write(backend, call.x.shape, output(backend, call, load(read(backend, call.stats), call.plan, true)));
  },
  backward(backend, call) {
    const { plan, frozenStats } = call;
    const [x, dy, stats] = [read(backend, call.x), read(backend, call.dy), read(backend, call.stats)];
    const statistics = load(stats, plan, frozenStats);
    const n = normalized(x, plan, statistics);
    const gamma = parameter(backend, call.gamma, plan, 1);
    const g = dy.map((slope, i) => slope * at(gamma, segmentOf(plan.affine, i)));
    const meanG = sums(plan.stats, g, (value) => (frozenStats || !plan.useMean ? 0 : value / segmentSize(plan.stats)));
    const meanGn = sums(plan.stats, g, (value, i) => (frozenStats ? 0 : (value * at(n, i)) / segmentSize(plan.stats)));
    const dx = g.map((slope, i) => {
      const segment = segmentOf(plan.stats, i);
      return over(slope - at(meanG, segment) - at(n, i) * at(meanGn, segment), at(statistics.deviation, segment));
    });
    const dgamma = sums(plan.affine, dy, (slope, i) => slope * at(n, i));
    const dbeta = sums(plan.affine, dy, (slope) => slope);
    const vector = (values: Float64Array) => write(backend, [values.length], values);
    return { dx: write(backend, call.x.shape, dx), dgamma: vector(dgamma), dbeta: vector(dbeta) };
  },
});

type Row = keyof typeof statsRows;
type Statistics = Readonly<Record<'mean' | 'deviation', Float64Array>>;

/** Mean and deviation, of the four rows that a forward kernel made or of the two that a caller gave. */
function load(stats: Float64Array, { stats: view, epsilon }: Plan, isGiven: boolean): Statistics {
  const segments = segmentCount(view);
  const row = (name: Row) => stats.slice(statsRows[name] * segments, (statsRows[name] + 1) * segments);
  if (isGiven)
    return { mean: row('mean'), deviation: row('variance').map((variance) => Math.sqrt(variance + epsilon)) };
  const low = row('meanLow');
  return { mean: row('mean').map((high, segment) => high + at(low, segment)), deviation: row('deviation') };
}

function normalized(x: Float64Array, { stats, useMean }: Plan, { mean, deviation }: Statistics): Float64Array {
  return x.map((value, i) => {
    const segment = segmentOf(stats, i);
    return over(useMean ? value - at(mean, segment) : value, at(deviation, segment));
  });
}

function output(backend: OwnBackend, { plan, x, gamma, beta }: ForwardCall, statistics: Statistics): Float64Array {
  const [scale, shift] = [parameter(backend, gamma, plan, 1), parameter(backend, beta, plan, 0)];
  const n = normalized(read(backend, x), plan, statistics);
  return n.map((value, i) => value * at(scale, segmentOf(plan.affine, i)) + at(shift, segmentOf(plan.affine, i)));
}

/** A constant segment without epsilon gives 0, and not NaN. */
const over = (value: number, deviation: number) => (deviation === 0 ? 0 : value / deviation);

/** Of each segment the sum of a term of its elements. */
function sums(view: View, values: Float64Array, term: (value: number, index: number, segment: number) => number) {
  const totals = new Float64Array(segmentCount(view));
  for (const [index, value] of values.entries()) {
    const segment = segmentOf(view, index);
    totals[segment] = at(totals, segment) + term(value, index, segment);
  }
  return totals;
}

const parameter = (backend: OwnBackend, tensor: TensorInfo | undefined, { affine }: Plan, neutral: number) =>
  tensor ? read(backend, tensor) : new Float64Array(segmentCount(affine)).fill(neutral);
const at = (values: Float64Array, index: number) => values[index] as number;
const read = (backend: OwnBackend, { dataId }: TensorInfo) => Float64Array.from(backend.data.get(dataId).values);
const write = (backend: OwnBackend, shape: readonly number[], values: ArrayLike<number>) =>
  backend.makeTensorInfo([...shape], 'float32', Float32Array.from(values));
