import { type Precision, precisions } from '@normkit/core';
import { toHalf } from './half.ts';
import type { Layout } from './norms/definition.ts';
import { membership } from './oracle.ts';
import { Random } from './seeded.ts';
import { layoutsOf, testedNorm, testedNorms } from './tested-norms.ts';

export type { Precision } from '@normkit/core';
export type { Layout } from './norms/definition.ts';

/** Whether a backend of this precision can give what needs that one. */
export function holds(precision: Precision, needs: Precision): boolean {
  return precisions.indexOf(precision) <= precisions.indexOf(needs);
}

/** One call: which norm, of what shape, over values of which kind, with which parameters. */
export interface NormCase {
  /** Says all of the below, and seeds the values. */
  readonly name: string;
  readonly layout: Layout;
  readonly distribution: DistributionName;
  readonly epsilon: number;
  readonly hasGamma: boolean;
  readonly hasBeta: boolean;
  /** What gamma and dy are multiplied by. */
  readonly magnitudes: Magnitudes;
  /** The least precision that can give what is asked. */
  readonly needs: Precision;
}

export interface Magnitudes {
  readonly gamma: number;
  readonly dy: number;
}

interface Distribution {
  readonly needs: Precision;
  readonly epsilon: number;
  /** `before`: the share of the segment that precedes the element. */
  value(random: Random, segment: number, before: number): number;
}

/** What inputs look like; `segment` numbers the sets of elements that share statistics. */
export const distributions = {
  normal: { needs: 'float16', epsilon: 1e-3, value: (random) => 0.3 + 1.7 * random.normal() },
  'mean 250': { needs: 'float16', epsilon: 1e-3, value: (random) => 250 - random.normal() },
  'mean 1e4': { needs: 'float32', epsilon: 1e-3, value: (random) => -1e4 + random.normal() },
  'mean 0 or 1e4': {
    needs: 'float32',
    epsilon: 1e-3,
    value: (random, segment) => (segment % 2) * 1e4 + random.normal(),
  },
  'mean 0 or 1e6': {
    needs: 'float64',
    epsilon: 1e-3,
    value: (random, segment) => ((segment + 1) % 2) * 1e6 + random.normal(),
  },
  'mean 1e6': { needs: 'float64', epsilon: 1e-3, value: (random) => 1e6 + random.normal() },
  'variance 1e-10': { needs: 'float32', epsilon: 1e-14, value: (random) => 1e-5 * random.normal() },
  'variance 1e-10 about 1': { needs: 'float64', epsilon: 1e-14, value: (random) => 1 + 1e-5 * random.normal() },
  'magnitude 1e15': { needs: 'float32', epsilon: 1e-3, value: (random) => 1e15 * random.normal() },
  'magnitude 1e30': { needs: 'float64', epsilon: 1e-3, value: (random) => 1e30 * random.normal() },
  'mixed scales': {
    needs: 'float32',
    epsilon: 1e-6,
    value: (random, segment) => 10 ** ((segment % 7) - 3) * (1 + random.normal()),
  },
  outlier: { needs: 'float16', epsilon: 1e-3, value: (random) => (random.uniform() < 0.02 ? 1e3 : random.normal()) },
  'first far off': {
    needs: 'float16',
    epsilon: 1e-3,
    value: (random, _, before) => (before === 0 ? 1e4 : random.normal()),
  },
  'first third apart': {
    needs: 'float16',
    epsilon: 1e-3,
    value: (random, _, before) => (before < 1 / 3 ? -1e3 : random.normal()),
  },
  // Every sum of them is rounded to one side.
  'two values': { needs: 'float16', epsilon: 1e-3, value: (_, __, before) => (before < 0.2 ? -1.1234 : 1.37) },
  integers: { needs: 'float16', epsilon: 0.5, value: (random) => Math.floor(random.uniform() * 9) - 4 },
  constant: { needs: 'float16', epsilon: 1e-3, value: (_, segment) => Math.fround(0.7 + 1.3 * segment) },
  'constant, epsilon 0': { needs: 'float16', epsilon: 0, value: (_, segment) => Math.fround(-0.3 + 0.9 * segment) },
} satisfies Record<string, Distribution>;

export type DistributionName = keyof typeof distributions;

/** One layout of each regime and norm: these meet every distribution. */
export function coreLayouts(): Layout[] {
  return testedNorms().flatMap((norm) => layoutsOf(norm, 'layouts'));
}

/** Far from 1, where float32 products leave its range: what a kernel multiplies first decides. */
const farMagnitudes: readonly (readonly [DistributionName, Magnitudes])[] = [
  ['normal', { gamma: 1e30, dy: 1e-30 }],
  ['normal', { gamma: 1e-30, dy: 1e30 }],
  ['variance 1e-10', { gamma: 1, dy: 1e25 }],
  ['variance 1e-10', { gamma: 1e36, dy: 1e-30 }],
  ['magnitude 1e15', { gamma: 1, dy: 1e-20 }],
  ['magnitude 1e15', { gamma: 1e-36, dy: 1e10 }],
  ['magnitude 1e15', { gamma: 1e14, dy: 1e28 }],
  ['variance 1e-10', { gamma: 1e-13, dy: 1e-30 }],
];

/** The cases that every backend answers: each layout with each combination of parameters, core layouts with all inputs. */
export function normCases(): NormCase[] {
  const parameters = [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ] as const;
  const names = Object.keys(distributions) as DistributionName[];
  const norms = testedNorms();
  const core = coreLayouts();
  const hasBeta = (layout: Layout) => testedNorm(layout).hasBeta;
  const everywhere = [...core, ...norms.flatMap((norm) => layoutsOf(norm, 'otherLayouts'))].flatMap((layout) =>
    parameters
      .filter(([, withBeta]) => hasBeta(layout) || !withBeta)
      .map(([withGamma, withBeta]) => normCase(layout, 'normal', withGamma, withBeta)),
  );
  const hostile = core.flatMap((layout) =>
    names.filter((name) => name !== 'normal').map((name) => normCase(layout, name, true, hasBeta(layout))),
  );
  const bare = core.map((layout) => normCase(layout, 'mean 1e6', true, false));
  const long = norms
    .flatMap((norm) => layoutsOf(norm, 'longLayouts'))
    .flatMap((layout) =>
      (['first far off', 'first third apart', 'two values'] as const).map((name) => normCase(layout, name)),
    );
  const far = core.flatMap((layout) =>
    farMagnitudes.map(([name, magnitudes]) => normCase(layout, name, true, hasBeta(layout), magnitudes)),
  );
  return [...everywhere, ...hostile, ...bare, ...long, ...far];
}

const ORDINARY: Magnitudes = { gamma: 1, dy: 1 };

export function normCase(
  layout: Layout,
  distribution: DistributionName,
  hasGamma = true,
  hasBeta = true,
  magnitudes = ORDINARY,
): NormCase {
  const { kind, shape, axis, groups } = layout;
  const given = hasGamma ? (hasBeta ? 'gamma and beta' : 'gamma') : hasBeta ? 'beta' : 'no parameters';
  const grouping = `axis ${JSON.stringify(axis)}${groups === undefined ? '' : ` groups ${groups}`}`;
  const { epsilon, needs } = distributions[distribution];
  const suffix = magnitudes === ORDINARY ? '' : `, gamma around ${magnitudes.gamma}, dy around ${magnitudes.dy}`;
  return {
    name: `${kind} [${shape.join(',')}] ${grouping}, ${distribution}, ${given}${suffix}`,
    layout,
    distribution,
    epsilon,
    hasGamma,
    hasBeta,
    magnitudes,
    needs: magnitudes === ORDINARY ? needs : 'float64',
  };
}

/** The values of a case: x, gamma, beta and dy, all float32 and none of them trivial. */
export interface CaseValues {
  readonly x: Float32Array;
  readonly gamma: Float32Array | undefined;
  readonly beta: Float32Array | undefined;
  readonly dy: Float32Array;
}

/** The values as a backend of this precision keeps them. */
export function valuesOf(normCase: NormCase, precision: Precision = 'float32'): CaseValues {
  const values = exactValuesOf(normCase);
  if (precision !== 'float16') return values;
  const { x, gamma, beta, dy } = values;
  return { x: x.map(toHalf), gamma: gamma?.map(toHalf), beta: beta?.map(toHalf), dy: dy.map(toHalf) };
}

function exactValuesOf({ name, layout, distribution, hasGamma, hasBeta, magnitudes }: NormCase): CaseValues {
  const random = new Random(name);
  const { segment, parameters } = membership(layout);
  const { value } = distributions[distribution] as Distribution;
  const size = segment.length / new Set(segment).size;
  const begun = new Map<number, number>();
  return {
    x: Float32Array.from(segment, (index) => {
      const done = begun.get(index) ?? 0;
      begun.set(index, done + 1);
      return value(random, index, done / size);
    }),
    gamma: hasGamma
      ? random.normals(parameters).map((v, i) => magnitudes.gamma * (v + (i % 2 === 0 ? 1.5 : -1.5)))
      : undefined,
    beta: hasBeta ? random.normals(parameters) : undefined,
    dy: random.normals(segment.length).map((v) => magnitudes.dy * v),
  };
}
