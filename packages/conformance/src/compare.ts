import type { Precision } from './cases.ts';
import type { OracleAnswer } from './oracle.ts';

/** Half the distance from 1 to the next float32. */
const UNIT = 2 ** -24;
/** Below this float32 has no digits to lose. */
const SMALLEST = 2 ** -149;

/** Half the distance from 1 to the next half float. */
const HALF_UNIT = 2 ** -11;
/** Below this half floats have no digits to lose. */
const SMALLEST_HALF = 2 ** -24;

/** How far each value may be from the oracle's. */
export type Tolerances = Readonly<Record<'y' | 'dx' | 'dgamma' | 'dbeta', (index: number) => number>>;

/**
 * The numeric contract. With float64 statistics y keeps eight units of float32 at every element, however close to the
 * mean; with float32 statistics it keeps 1e-5 of the larger of the normalized element and 1, and 2e-3 of it where half
 * floats keep statistics and tensors.
 */
export function tolerances(answer: OracleAnswer, precision: Precision): Tolerances {
  const at = (values: Float64Array, index: number) => values[index] ?? 0;
  if (precision === 'float64') {
    return {
      y: (index) => 8 * UNIT * at(answer.yScale, index) + 8 * SMALLEST,
      dx: (index) => 4e-6 * at(answer.dxScale, index) + 8 * SMALLEST,
      dgamma: (index) => 4e-6 * at(answer.dgammaScale, index) + 8 * SMALLEST,
      dbeta: (index) => 4e-6 * at(answer.dbetaScale, index) + 8 * SMALLEST,
    };
  }
  if (precision === 'float16') {
    const units = 4 * HALF_UNIT;
    return {
      y: (index) => units * Math.max(at(answer.yScale, index), at(answer.yUnit, index)) + SMALLEST_HALF,
      dx: (index) => units * at(answer.dxScale, index) + SMALLEST_HALF,
      dgamma: (index) => units * Math.max(at(answer.dgammaScale, index), at(answer.dbetaScale, index)) + SMALLEST_HALF,
      dbeta: (index) => units * at(answer.dbetaScale, index) + SMALLEST_HALF,
    };
  }
  return {
    y: (index) => 1e-5 * Math.max(at(answer.yScale, index), at(answer.yUnit, index)),
    dx: (index) => 2e-5 * at(answer.dxScale, index) + 8 * SMALLEST,
    dgamma: (index) => 1e-5 * Math.max(at(answer.dgammaScale, index), at(answer.dbetaScale, index)),
    dbeta: (index) => 1e-5 * at(answer.dbetaScale, index),
  };
}

/** The first value that is too far off, as one line; `undefined` where all are near enough. */
export function firstDifference(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: (index: number) => number,
): string | undefined {
  if (actual.length !== expected.length) return `${what} has ${actual.length} values, expected ${expected.length}`;
  for (let index = 0; index < expected.length; index++) {
    const [received, wanted] = [actual[index] ?? Number.NaN, expected[index] ?? Number.NaN];
    if (Object.is(received, wanted) || received === wanted) continue;
    if (Math.abs(received - wanted) <= tolerance(index)) continue;
    return `${what}[${index}] expected ${wanted}, received ${received}: ${ulps(received, wanted)} ulp off, ${tolerance(index)} allowed`;
  }
  return undefined;
}

/** The distance of two numbers in units of the last place of float32. */
export function ulps(received: number, wanted: number): number {
  const distance = Math.abs(orderOf(received) - orderOf(wanted));
  return Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
}

/** Neighbouring float32 have neighbouring orders. */
function orderOf(value: number): number {
  if (Number.isNaN(value)) return Number.NaN;
  const bits = new Int32Array(Float32Array.of(value).buffer)[0] ?? 0;
  return bits < 0 ? -(bits & 0x7fffffff) : bits;
}
