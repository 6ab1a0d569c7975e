import type { Layout, TestedNorm } from './norms/definition.ts';
import { testedNorm } from './tested-norms.ts';

/*
 * What each norm gives, in double precision, from its definition by index tuples. It shares no code with the views, the
 * plans or the argument checks, and is written to be read, not to be fast.
 */

export interface OracleQuestion extends Layout {
  /** What shares statistics, and what gamma and beta. Default: what the norm named `kind` says. */
  readonly definition?: Definition | undefined;
  readonly epsilon: number;
  readonly x: ArrayLike<number>;
  readonly gamma?: ArrayLike<number> | undefined;
  readonly beta?: ArrayLike<number> | undefined;
  readonly dy?: ArrayLike<number> | undefined;
  /** How often each element counts in the statistics; once without weights. */
  readonly weights?: ArrayLike<number> | undefined;
  /** Statistics that are given, by segment, instead of x's own. */
  readonly frozen?: { readonly mean: ArrayLike<number>; readonly variance: ArrayLike<number> } | undefined;
}

/** Every value, and beside it the scale on which its error is to be judged. */
export interface OracleAnswer {
  readonly y: Float64Array;
  /** |gamma · n| + |beta|, where n is the normalized element. */
  readonly yScale: Float64Array;
  /** |gamma| + |beta|: the scale of y for arithmetic that keeps n to an absolute error. */
  readonly yUnit: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly dx: Float64Array;
  /** The largest |dy · gamma| / √(variance + epsilon) of the element's segment. */
  readonly dxScale: Float64Array;
  readonly dgamma: Float64Array;
  /** Σ |dy · n|, and Σ |dy|. */
  readonly dgammaScale: Float64Array;
  readonly dbeta: Float64Array;
  readonly dbetaScale: Float64Array;
}

type Definition = Pick<TestedNorm, 'useMean' | 'segmentOf' | 'parameterAxes'>;

/** For each element, the index of its segment and of its gamma; segments are numbered as they first appear. */
export interface Membership {
  readonly segments: number;
  readonly segment: Int32Array;
  readonly parameters: number;
  readonly parameter: Int32Array;
}

export function membership(layout: Layout, norm: Definition = testedNorm(layout)): Membership {
  const { shape } = layout;
  const size = shape.reduce((product, extent) => product * extent, 1);
  const parameterAxes = norm.parameterAxes(layout);
  const numbers = new Map<string, number>();
  const segment = new Int32Array(size);
  const parameter = new Int32Array(size);
  for (let index = 0; index < size; index++) {
    const at = coordinates(index, shape);
    const name = norm.segmentOf(at, layout).join();
    if (!numbers.has(name)) numbers.set(name, numbers.size);
    segment[index] = numbers.get(name) ?? 0;
    parameter[index] = parameterAxes.reduce((place, axis) => place * (shape[axis] ?? 1) + (at[axis] ?? 0), 0);
  }
  return {
    segments: numbers.size,
    segment,
    parameters: parameter.reduce((most, p) => Math.max(most, p + 1), 0),
    parameter,
  };
}

export function askOracle(question: OracleQuestion): OracleAnswer {
  const { x, gamma, beta, dy, weights } = question;
  const definition = question.definition ?? testedNorm(question);
  const members = membership(question, definition);
  const { segment, parameters, parameter } = members;
  const statistics = statisticsOf(question, members, definition.useMean);
  const size = segment.length;
  const gammaOf = (i: number) => (gamma ? at(gamma, at(parameter, i)) : 1);
  const betaOf = (i: number) => (beta ? at(beta, at(parameter, i)) : 0);
  const normalized = (i: number) =>
    (at(x, i) - at(statistics.mean, at(segment, i))) * at(statistics.inverse, at(segment, i));
  const answer: OracleAnswer = {
    y: Float64Array.from({ length: size }, (_, i) => gammaOf(i) * normalized(i) + betaOf(i)),
    yScale: Float64Array.from({ length: size }, (_, i) => Math.abs(gammaOf(i) * normalized(i)) + Math.abs(betaOf(i))),
    yUnit: Float64Array.from({ length: size }, (_, i) => Math.abs(gammaOf(i)) + Math.abs(betaOf(i))),
    mean: statistics.mean,
    variance: statistics.variance,
    dx: new Float64Array(size),
    dxScale: new Float64Array(size),
    dgamma: new Float64Array(parameters),
    dgammaScale: new Float64Array(parameters),
    dbeta: new Float64Array(parameters),
    dbetaScale: new Float64Array(parameters),
  };
  if (dy) {
    const g = (i: number) => at(dy, i) * gammaOf(i);
    const passes = { mean: !question.frozen && definition.useMean, variance: !question.frozen };
    addParameterGradients(answer, members, dy, normalized);
    const weightOf = (i: number) => (weights ? at(weights, i) : 1);
    addInputGradient(answer, members, statistics, { g, normalized, passes, weightOf });
  }
  return answer;
}

/** By segment: the statistics, 1 / √(variance + epsilon), and how many elements count. */
type Statistics = Readonly<Record<'mean' | 'variance' | 'inverse' | 'count', Float64Array>>;

function statisticsOf(question: OracleQuestion, { segments, segment }: Membership, useMean: boolean): Statistics {
  const { epsilon, x, weights, frozen } = question;
  const size = segment.length;
  const [mean, variance, count] = [new Float64Array(segments), new Float64Array(segments), new Float64Array(segments)];
  const weightOf = (i: number) => (weights ? at(weights, i) : 1);
  each(size, (i) => add(count, at(segment, i), weightOf(i)));
  if (frozen) {
    each(segments, (s) => {
      mean[s] = at(frozen.mean, s);
      variance[s] = at(frozen.variance, s);
    });
  } else {
    if (useMean) each(size, (i) => add(mean, at(segment, i), weightOf(i) * at(x, i)));
    each(segments, (s) => divide(mean, s, at(count, s)));
    each(size, (i) => add(variance, at(segment, i), weightOf(i) * (at(x, i) - at(mean, at(segment, i))) ** 2));
    each(segments, (s) => divide(variance, s, at(count, s)));
  }
  const inverse = Float64Array.from(variance, (v, s) =>
    v + epsilon === 0 || at(count, s) === 0 ? 0 : 1 / Math.sqrt(v + epsilon),
  );
  return { mean, variance, inverse, count };
}

function addParameterGradients(
  answer: OracleAnswer,
  { parameter }: Membership,
  dy: ArrayLike<number>,
  normalized: (i: number) => number,
): void {
  each(parameter.length, (i) => {
    const [p, n, d] = [at(parameter, i), normalized(i), at(dy, i)];
    add(answer.dgamma, p, d * n);
    add(answer.dgammaScale, p, Math.abs(d * n));
    add(answer.dbeta, p, d);
    add(answer.dbetaScale, p, Math.abs(d));
  });
}

/** g is gamma · dy; `passes` says through which statistics a gradient passes. */
interface Slopes {
  readonly g: (i: number) => number;
  readonly normalized: (i: number) => number;
  readonly passes: Readonly<Record<'mean' | 'variance', boolean>>;
  readonly weightOf: (i: number) => number;
}

function addInputGradient(
  answer: OracleAnswer,
  { segments, segment }: Membership,
  { inverse, count }: Statistics,
  { g, normalized, passes, weightOf }: Slopes,
): void {
  const [meanG, meanGn, largest] = [new Float64Array(segments), new Float64Array(segments), new Float64Array(segments)];
  each(segment.length, (i) => {
    const s = at(segment, i);
    if (passes.mean) add(meanG, s, g(i) / at(count, s));
    if (passes.variance) add(meanGn, s, (g(i) * normalized(i)) / at(count, s));
    largest[s] = Math.max(at(largest, s), Math.abs(g(i)) * at(inverse, s));
  });
  each(segment.length, (i) => {
    const s = at(segment, i);
    const passed = at(meanG, s) + normalized(i) * at(meanGn, s);
    answer.dx[i] = (g(i) - weightOf(i) * passed) * at(inverse, s);
    answer.dxScale[i] = at(largest, s);
  });
}

function coordinates(index: number, shape: readonly number[]): number[] {
  let rest = index;
  const at = shape.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] ?? 1;
    at[axis] = rest % extent;
    rest = Math.floor(rest / extent);
  }
  return at;
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN;
}

function add(sums: Float64Array, index: number, value: number): void {
  sums[index] = at(sums, index) + value;
}

/** A segment that nothing counts in keeps the sum 0. */
function divide(sums: Float64Array, index: number, count: number): void {
  sums[index] = at(sums, index) / (count || 1);
}

function each(count: number, visit: (index: number) => void): void {
  for (let index = 0; index < count; index++) visit(index);
}
