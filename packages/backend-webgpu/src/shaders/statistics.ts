import { statsRows } from '@normkit/core';
import type { Lookup } from './affine.ts';
import { type Layout, type SummingLayout, unitOf } from './module.ts';
import { eachUnit, sumUnits } from './part.ts';
import { sumOfPart } from './reduce.ts';

/*
 * A mean is two floats, `high` and `low`: where the mean is 1e4 and σ is 1, one float is off by 5e-4 σ.
 *
 * A part is read twice. The first pass computes the mean of its first quarter: the first element, plus the mean of the
 * differences from it. The second pass sums the deviations from that mean, and their squares. In a constant part all of
 * them are exactly 0. The mean of a quarter lies within √3 standard deviations of the mean of the part, so the
 * correction of the sum of squares cancels two bits at most.
 */

/** `inverseRoot`: 1 / √(variance + epsilon), and 0 where that root is 0. */
export const inverseRoot = /* wgsl */ `
fn inverseRoot(variance: f32) -> f32 {
  let square = variance + uniforms.epsilon;
  return select(inverseSqrt(square), 0.0, square == 0.0);
}`;

/** `inverseOf`: 1 / deviation, where the deviation is √(variance + epsilon), and 0 where it is 0. */
const inverseOf = /* wgsl */ `
fn inverseOf(deviation: f32) -> f32 {
  return select(1.0 / deviation, 0.0, deviation == 0.0);
}`;

/** `normalizedBy`: (x − mean) / √(variance + epsilon). */
export const normalizedBy = /* wgsl */ `
fn normalizedBy(value: Unit, high: Unit, low: Unit, inverse: Unit) -> Unit {
  return (keptUnit(value - high) - low) * inverse;
}`;

/** A statistic of a segment in the tensor of statistics. */
export function statistic(name: keyof typeof statsRows): string {
  const row = statsRows[name];
  return `stats[${row === 0 ? '' : `${row === 1 ? '' : `${row} * `}uniforms.segments + `}segment]`;
}

/**
 * `given`: mean, its low float and 1 / √(variance + epsilon) of a segment, from the tensor of statistics. With
 * `frozenStats` a caller made it, of mean and variance alone.
 */
export function declareGiven(frozenStats: boolean): string {
  const own = `${statistic('meanLow')}, inverseOf(${statistic('deviation')})`;
  const theirs = `0.0, inverseRoot(${statistic('variance')})`;
  return /* wgsl */ `${frozenStats ? inverseRoot : inverseOf}
fn given(segment: u32) -> vec3f {
  return vec3f(${statistic('mean')}, ${frozenStats ? theirs : own});
}`;
}

/**
 * Before the loop: `high`, `low` and `inverse` of a part whose elements have one segment of the statistics, or one for
 * each column. The domain has cells, several to a segment, or the segments themselves.
 */
export function readGiven(layout: Layout, of: 'cells' | 'segments'): string {
  const isColumn = layout.regime === 'column';
  const per = of === 'cells' ? ' / uniforms.cellsPerSegment' : isColumn ? ' / uniforms.statsRun' : '';
  if (!isColumn) return fromVector(`let own = given(part.cell${per});`, 'own');
  return fromVectors(layout, (place) => `given((part.cell + ${place})${per})`);
}

/** In the loop: `high`, `low` and `inverse` of a unit, whose segment is looked up. */
export function readGivenAt(layout: Layout, lookup: Lookup): string {
  const index = lookup === 'step' ? 'step' : 'statsIndex(at)';
  const isShared = lookup === 'shared' || (lookup === 'step' && layout.regime === 'column');
  if (isShared) return fromVector(`let own = given(${index});`, 'own');
  const first = lookup === 'step' && layout.unit === 4 ? '4 * step' : index;
  return [`let index = ${first};`, fromVectors(layout, (place) => `given(index + ${place})`)].join('\n');
}

/** `high`, `low` and `inverse` of a unit that has one segment: `read` declares a vector of the three. */
export function fromVector(read: string, name: string): string {
  const parts = ['high', 'low', 'inverse'].map((part, index) => `let ${part} = Unit(${name}.${'xyz'[index]});`);
  return [read, ...parts].join('\n');
}

/** `high`, `low` and `inverse` of a unit whose floats have a segment each: a `vector` of the three at each place. */
export function fromVectors(
  layout: Layout,
  vector: (place: number) => string,
  names = ['high', 'low', 'inverse'],
): string {
  const reads = Array.from({ length: layout.unit }, (_, place) => `let own${place} = ${vector(place)};`);
  const parts = names.map(
    (part, index) => `let ${part} = ${unitOf(layout, (place) => `own${place}.${'xyz'[index]}`)};`,
  );
  return [...reads, ...parts].join('\n');
}

/** The moments of a part: `count`, `meanHigh`, `meanLow`, and `squares`, the sum of the squared deviations from the mean. */
export function momentsOf(layout: SummingLayout, useMean: boolean): string {
  const isColumn = layout.regime === 'column';
  const isVector = !isColumn && layout.unit === 4;
  const kept = isColumn ? 'keptUnit' : 'kept';
  const elements = (steps: string) => `f32(${steps})${isVector ? ' * 4.0' : ''}`;
  const count = `let count = ${elements('part.end - part.begin')};`;
  if (!useMean) {
    return `${count}
let meanHigh = Sum();
let meanLow = Sum();
${sumUnits(['power'], 'power += x[at] * x[at];')}
let squares = ${sumOfPart(layout, 'Pair(Sum(), total(powerSum))')}.b;`;
  }
  return `${count}
// No less than a quarter of it.
let quarter = part.begin + (part.end - part.begin + 3) / 4;
let share = 1.0 / (${elements('quarter - part.begin')});
let first = x[place(part.base, part.begin)]${isVector ? '.x' : ''};
var rise = Unit();
${eachUnit('rise += (x[at] - Unit(first)) * share;', 'part.begin', 'quarter')}
let near = first + ${sumOfPart(layout, 'Pair(total(rise), Sum())')}.a;
let each = 1.0 / count;
${sumUnits(
  ['rest', 'power'],
  `
let deviation = x[at] - Unit(near);
rest += deviation * each;
power += deviation * deviation;`,
)}
let sums = ${sumOfPart(layout, 'Pair(total(restSum), total(powerSum))')};
let squares = sums.b - finiteOr0(sums.a * sums.a * count, sums.b);
let meanHigh = ${kept}(near + sums.a);
let meanLow = sums.a - ${kept}(meanHigh - near);`;
}

/**
 * `merged`: mean, its low float and variance of a segment, from the moments of its parts. Each part weighs as its count
 * (Chan, Golub and LeVeque). The first pass computes the mean, the second one the deviations of the parts from it.
 */
export function declareMerge(useMean: boolean): string {
  const entry = /* wgsl */ `
fn entryOf(segment: u32, index: u32) -> vec4f {
  let cell = segment * uniforms.cellsPerSegment + index % uniforms.cellsPerSegment;
  return partials[index / uniforms.cellsPerSegment * uniforms.cells + cell];
}
fn entriesOf(segment: u32) -> u32 {
  return select(0, uniforms.cellsPerSegment * uniforms.partialsPerCell, segment < uniforms.segments);
}`;
  const loop = (body: string) => /* wgsl */ `
  for (var index = member; index < entries; index += members) {
    let entry = entryOf(segment, index);
    ${body}
  }`;
  const head = `${entry}
fn merged(segment: u32, team: u32, member: u32, teams: u32, members: u32) -> vec3f {
  let entries = entriesOf(segment);
  let size = f32(uniforms.segmentSize);`;
  if (!useMean) {
    return `${head}
  var power = 0.0;${loop('power += entry.z;')}
  return vec3f(0.0, 0.0, sumOf(Pair(power, 0.0), team, member, teams, members).a / size);
}`;
  }
  return `${head}
  let first = entryOf(segment, 0).x;
  var rise = 0.0;${loop('rise += entry.w / size * (kept(entry.x - first) + entry.y);')}
  let high = first + sumOf(Pair(rise, 0.0), team, member, teams, members).a;
  var rest = 0.0;
  var power = 0.0;${loop(`let deviation = kept(entry.x - high) + entry.y;
    rest += entry.w * deviation;
    power += entry.z + entry.w * deviation * deviation;`)}
  let sums = sumOf(Pair(rest, power), team, member, teams, members);
  let low = finiteOr0(sums.a / size, sums.b);
  return vec3f(high, low, varianceOf(sums.b - finiteOr0(sums.a * low, sums.b), size));
}`;
}

/**
 * `finiteOr0`: the value, or 0 where the sum of squares is infinite. The variance is infinite then, and y must be beta:
 * it would be NaN if an infinity were subtracted from that sum, or if the low float of the mean were no number.
 */
export const finiteOr0 = /* wgsl */ `
fn finiteOr0(value: Sum, squares: Sum) -> Sum {
  return select(Sum(), value, squares < Sum(3e38));
}`;

/** `varianceOf`: rounding may leave a sum of squares just below 0. `select` keeps a NaN, which `max` may not. */
export const varianceOf = /* wgsl */ `
fn varianceOf(squares: f32, size: f32) -> f32 {
  return select(squares, 0.0, squares < 0.0) / size;
}`;
