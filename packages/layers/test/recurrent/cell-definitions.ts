/*
 * The cells by their definitions, in double precision, one sample at a time: plain loops that share nothing with the
 * package.
 */

export type Matrix = readonly (readonly number[])[];

/** The weights of a cell, in its order. */
export interface CellWeights {
  readonly kernel: Matrix;
  readonly recurrentKernel: Matrix;
  readonly bias: Matrix;
  /** Gamma and beta of each norm in turn; of the simple cell gamma alone. */
  readonly norms: Matrix;
}

export type CellName = 'LayerNormLSTMCell' | 'LayerNormSimpleRNNCell' | 'LayerNormGRUCell';

/** The states after a step, the output first, of those before. */
type Step = (x: readonly number[], states: Matrix, weights: CellWeights) => Matrix;

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

function product(x: readonly number[], matrix: Matrix): number[] {
  return (matrix[0] ?? []).map((_, column) => x.reduce((sum, value, row) => sum + value * at(matrix[row], column), 0));
}

function norm(x: readonly number[], gamma: readonly number[], beta: readonly number[], epsilon: number): number[] {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value, i) => (at(gamma, i) * (value - mean)) / Math.sqrt(variance + epsilon) + (beta[i] ?? 0));
}

function gatesOf(values: readonly number[], gates: number): number[][] {
  const units = values.length / gates;
  return Array.from({ length: gates }, (_, gate) => values.slice(gate * units, (gate + 1) * units));
}

export const steps: Readonly<Record<CellName, Step>> = {
  LayerNormLSTMCell: (x, [h = [], c = []], { kernel, recurrentKernel, bias, norms }) => {
    const input = norm(product(x, kernel), at(norms, 0), at(norms, 1), 1e-3);
    const state = norm(product(h, recurrentKernel), at(norms, 2), at(norms, 3), 1e-3);
    const [i = [], f = [], g = [], o = []] = gatesOf(
      input.map((value, k) => value + at(state, k) + at(bias[0], k)),
      4,
    );
    const carry = norm(
      c.map((value, k) => sigmoid(at(f, k)) * value + sigmoid(at(i, k)) * Math.tanh(at(g, k))),
      at(norms, 4),
      at(norms, 5),
      1e-3,
    );
    return [carry.map((value, k) => sigmoid(at(o, k)) * Math.tanh(value)), carry];
  },
  LayerNormSimpleRNNCell: (x, [h = []], { kernel, recurrentKernel, bias, norms }) => {
    const state = product(h, recurrentKernel);
    const sum = product(x, kernel).map((value, k) => value + at(state, k));
    return [norm(sum, at(norms, 0), [], 1e-5).map((value, k) => Math.tanh(value + at(bias[0], k)))];
  },
  LayerNormGRUCell: (x, [h = []], { kernel, recurrentKernel, bias, norms }) => {
    const perGate = (sum: number[], row: number) => {
      const [gammas, betas] = [gatesOf(at(norms, 2 * row), 3), gatesOf(at(norms, 2 * row + 1), 3)];
      return gatesOf(sum, 3).map((gate, index) =>
        norm(gate, at(gammas, index), at(betas, index), 1e-3).map(
          (value, k) => value + at(bias[row], index * gate.length + k),
        ),
      );
    };
    const [az = [], ar = [], ag = []] = perGate(product(x, kernel), 0);
    const [sz = [], sr = [], sg = []] = perGate(product(h, recurrentKernel), 1);
    return [
      h.map((value, k) => {
        const z = sigmoid(at(az, k) + at(sz, k));
        const r = sigmoid(at(ar, k) + at(sr, k));
        return z * value + (1 - z) * Math.tanh(at(ag, k) + r * at(sg, k));
      }),
    ];
  },
};

/** The outputs of one sample at each step, through cells upon each other; what a mask leaves out changes nothing. */
export function outputsOf(cell: CellName, x: Matrix, seen: readonly boolean[], layers: readonly CellWeights[]): Matrix {
  const stateCount = cell === 'LayerNormLSTMCell' ? 2 : 1;
  let states: Matrix[] = layers.map(({ recurrentKernel }) =>
    Array.from({ length: stateCount }, () => recurrentKernel.map(() => 0)),
  );
  return x.map((row, time) => {
    if (seen[time]) {
      let input = row;
      states = layers.map((weights, index) => {
        const after = steps[cell](input, at(states, index), weights);
        input = at(after, 0);
        return after;
      });
    }
    return at(states.at(-1), 0);
  });
}

function at<T>(values: readonly T[] | undefined, index: number): T {
  const value = values?.[index];
  if (value === undefined) throw new Error(`there is no entry ${index}`);
  return value;
}
