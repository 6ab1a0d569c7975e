import type { Precision } from '../cases.ts';
import { tolerances } from '../compare.ts';
import { askOracle, type OracleAnswer } from '../oracle.ts';
import type { Values } from './data.ts';
import type { Call, OutputName } from './entry.ts';

type Allowed = (index: number) => number;

/** How far each value of an output may be from the expected one. */
export function allowedError(call: Call, name: OutputName, precision: Precision): Allowed {
  const { tolerance, expected } = call;
  const wanted = (index: number) => Math.abs(expected[name]?.data[index] ?? 0);
  switch (tolerance.metric) {
    case 'ATOL':
      return () => tolerance.value;
    case 'ATOL_RTOL':
      return (index) => tolerance.atol + tolerance.rtol * wanted(index);
    case 'contract': {
      const ours = contract(call, name, precision);
      if (tolerance.roundedTo === undefined) return ours;
      return (index) => ours(index) + lastPlace(wanted(index), float16) / 2;
    }
    case 'ULP': {
      // Next to a zero of y an ulp is smaller than the rounding of its terms, for everyone.
      const ours = contract(call, name, precision);
      return (index) => Math.max(tolerance.value * lastPlace(wanted(index), float32), ours(index));
    }
  }
}

/** The numeric contract, and what rounding the inputs to float32 does to the answer. */
function contract(call: Call, name: OutputName, precision: Precision): Allowed {
  if (name !== 'y' && name !== 'dx' && name !== 'dgamma' && name !== 'dbeta') {
    throw new Error(`the numeric contract does not speak of ${name}`);
  }
  const answer = ask(call, Math.fround);
  const exact = ask(call, (value) => value)[name];
  const ours = tolerances(answer, precision)[name];
  // Whoever wrote the expected values rounded too, in float64: of a constant row PyTorch says dgamma 2.6e-15, not 0.
  const theirs: Allowed = name === 'dgamma' ? (index) => 1e-12 * (answer.dbetaScale[index] ?? 0) : () => 0;
  return (index) => ours(index) + Math.abs((exact[index] ?? 0) - (answer[name][index] ?? 0)) + theirs(index);
}

function ask({ op, options, inputs, upstream }: Call, round: (value: number) => number): OracleAnswer {
  const rounded = (values: Values | undefined) => values && Float64Array.from(values.data, round);
  const { mean, variance } = inputs;
  return askOracle({
    ...options,
    kind: op === 'batchNormWithStats' ? 'batchNorm' : op,
    shape: inputs.x.shape,
    x: Float64Array.from(inputs.x.data, round),
    gamma: rounded(inputs.gamma),
    beta: rounded(inputs.beta),
    dy: typeof upstream === 'object' ? rounded(upstream) : undefined,
    frozen: mean &&
      variance && { mean: Float64Array.from(mean.data, round), variance: Float64Array.from(variance.data, round) },
  });
}

/** The digits after the leading one, and the smallest exponent that has them all. */
const [float16, float32] = [
  { digits: 10, smallest: -14 },
  { digits: 23, smallest: -126 },
];

/** One unit in the last place of a number. */
function lastPlace(value: number, { digits, smallest }: { digits: number; smallest: number }): number {
  return 2 ** (Math.max(smallest, Math.floor(Math.log2(value))) - digits);
}
