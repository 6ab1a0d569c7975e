import { axesFrom, transposed } from './arrays.ts';
import type { Values, WebnnEntry } from './data.ts';
import type { Call, Entry, Tolerance } from './entry.ts';

/** WebNN: the web platform tests, the baseline and the polyfill have one form. */
export function webnnEntries(entries: readonly WebnnEntry[]): Entry[] {
  return entries.map((entry) => {
    const call = callOf(entry);
    return call ? { name: entry.name, calls: [call] } : { name: entry.name, notApplicable: `no op ${entry.op}` };
  });
}

function callOf(entry: WebnnEntry): Call | undefined {
  const { op, options, inputs, expected } = entry;
  const { input: x, mean, variance, scale: gamma, bias: beta } = inputs;
  const epsilon = options.epsilon ?? 1e-5;
  const shared = {
    finish: options.activation,
    expected: { y: expected },
    tolerance: toleranceOf(entry),
  };
  if (op === 'batchNormalization') {
    const axis = options.axis ?? 1;
    return { op: 'batchNorm', options: { axis, epsilon }, inputs: { x, gamma, beta, mean, variance }, ...shared };
  }
  if (op === 'instanceNormalization') {
    const axis = options.layout === 'nhwc' ? -1 : 1;
    return { op: 'instanceNorm', options: { axis, epsilon }, inputs: { x, gamma, beta }, ...shared };
  }
  if (op !== 'layerNormalization') return undefined;
  const axis = options.axes ?? axesFrom(1, Math.max(1, x.shape.length));
  return {
    op: 'layerNorm',
    options: { axis, epsilon },
    inputs: { x, gamma: gamma && inSortedOrder(gamma, axis), beta: beta && inSortedOrder(beta, axis) },
    ...shared,
  };
}

/** WebNN's scale and bias have the order of `axes`; ours are in ascending order of axis. */
function inSortedOrder(parameter: Values, axes: readonly number[]): Values {
  const order = axes.map((_, index) => index).sort((a, b) => (axes[a] ?? 0) - (axes[b] ?? 0));
  return transposed(parameter, order);
}

function toleranceOf({ tolerance, expected: { dtype } }: WebnnEntry): Tolerance {
  // The baseline asks for no error in float64, which float32 inputs and outputs cannot give.
  if (tolerance.metric === 'ULP_float64') return { metric: 'contract' };
  // WebNN allows float16 arithmetic, 8400 ulp (±8 at 1) of an instance norm, which no wrong result would exceed. The
  // values are correctly rounded, and our arithmetic is float32.
  return dtype === 'float16' ? { metric: 'contract', roundedTo: dtype } : tolerance;
}
