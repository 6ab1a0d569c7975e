import { type Arithmetic, right } from './plain-kernels.ts';

/** What people get wrong, one thing at a time: plain kernels with any of these must fail the suite, and do. */
export const faults: Record<string, Partial<Arithmetic>> = {
  'variance as E[x²] − E[x]²': { variance: (values, mean) => average(values, (v) => v * v) - mean * mean },
  'variance over n − 1': {
    variance: (values, mean, n, weights) => (right.variance(values, mean, n, weights) * n) / (n - 1),
  },
  'epsilon outside the root': { inverse: (variance, epsilon) => 1 / (Math.sqrt(variance) + epsilon) },
  'epsilon left out': { inverse: (variance) => right.inverse(variance, 0) },
  'gamma ignored': { y: (n, _, beta) => n + beta },
  'beta ignored': { y: (n, gamma) => n * gamma },
  'gamma over beta too': { y: (n, gamma, beta) => (n + beta) * gamma },
  'mean and variance swapped': { stats: (mean, variance) => [variance, mean] },
  'the sum in float32': { mean: (values) => values.reduce((sum, v) => Math.fround(sum + v), 0) / values.length },
  'the mean rounded to float32': { mean: (...given) => Math.fround(right.mean(...given)) },
  'x·inverse − mean·inverse in float32': {
    normalize: (x, mean, inverse) => Math.fround(Math.fround(x * inverse) - Math.fround(mean * inverse)),
  },
  'the mean subtracted by RMS too': { meanCounts: () => true },
  'a NaN read as 0': {
    mean: (values, n, weights) =>
      right.mean(
        values.map((v) => (Number.isNaN(v) ? 0 : v)),
        n,
        weights,
      ),
    normalize: (x, mean, inverse) => (Number.isNaN(x) ? 0 : right.normalize(x, mean, inverse)),
  },
  'dx without the mean of g': { dx: (g, { gn }, ...rest) => right.dx(g, { g: 0, gn }, ...rest) },
  'dx without the variance': { dx: (g, passed, ...rest) => right.dx(g, { ...passed, gn: 0 }, ...rest) },
  'dgamma without normalizing': { dgamma: (dy, x) => dy * x },
  'dbeta left at 0': { dbeta: () => 0 },
  'frozen statistics differentiated': { freezes: false },
  'weights left out of the count': { count: (weights) => weights.length },
  'weights left out of the mean': { mean: (values, count) => right.mean(values, count, []) },
  'weights left out of dx': { dx: (g, passed, n, inverse) => right.dx(g, passed, n, inverse, 1) },
  'dweights left at 0': { dweights: () => 0 },
  'gamma one place off': { parameter: (index, count) => (index + 1) % count },
};

function average(values: readonly number[], of: (value: number) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0) / values.length;
}
