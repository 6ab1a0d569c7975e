import { type Binding, type Layout, type Shader, shaderOf } from './module.ts';
import {
  bindParameters,
  declareIndex,
  declareParameters,
  isVector,
  type Lookup,
  type Parameters,
  readParameters,
  scaled,
} from './parameters.ts';
import { declareParts, eachUnit, sumUnits } from './part.ts';
import { declareKept, declareSums, declareTotal, sumOfPart } from './reduce.ts';
import { declareGiven, fromVectors, normalizedBy, readGiven, readGivenAt } from './statistics.ts';
import { declareTile, mergeTile, tileEntry } from './tile.ts';

/*
 * With n = (x − mean) / σ and g = gamma · dy, dx = (g − mean(g) − n · mean(g · n)) / σ over each segment of the
 * statistics, dgamma = Σ dy · n and dbeta = Σ dy over each segment of gamma.
 */

/** What the text of the backward shaders depends on beside the layout. */
export interface Gradient {
  readonly parameters: Parameters;
  readonly useMean: boolean;
  /** The statistics are a forward pass's, with the low part of the mean, and not a caller's. */
  readonly isOwn: boolean;
}

const DY: Binding = { name: 'dy', type: 'Unit' };
const X: Binding = { name: 'x', type: 'Unit' };
const STATS: Binding = { name: 'stats', type: 'f32' };
const DX: Binding = { name: 'dx', type: 'Unit', writes: true };
const DPARAMETERS: readonly Binding[] = [
  { name: 'dgamma', type: 'f32', writes: true },
  { name: 'dbeta', type: 'f32', writes: true },
];

/** `first` and `second`: the sums of g and of g · n over a part. */
const gradientSums = (layout: Layout, parameters: Parameters, statistics: string) => `
${sumUnits(
  ['slope', 'along'],
  `
${statistics}
let g = ${scaled(parameters, 'dy[at]')};
slope += g;
along += g * normalizedBy(x[at], high, low, inverse);`,
)}
let sums = ${sumOfPart(layout, 'Pair(total(slopeSum), total(alongSum))')};`;

const writeDx = ({ parameters, useMean }: Gradient) =>
  eachUnit(`
let normalized = normalizedBy(x[at], high, low, inverse);
let g = ${scaled(parameters, 'dy[at]')};
dx[at] = (g${useMean ? ' - slopeMean' : ''} - normalized * alongMean) * inverse;`);

/** Sums of dy, or of gamma · dy, and of its product with n. `statistics` belong to the part, or to each of its units. */
export function sumsShader(layout: Layout, { parameters, isOwn }: Gradient, statistics: Lookup | 'part'): Shader {
  const isVector = layout.regime === 'column' && layout.unit === 4;
  const write = (place: number) => {
    const [a, b] = ['a', 'b'].map((name) => `sums.${name}${isVector ? `[${place}]` : ''}`);
    return `partials[first + ${place}] = vec2f(${a}, ${b});`;
  };
  return shaderOf(
    layout,
    [DY, X, STATS, ...bindParameters(layout, parameters), { name: 'partials', type: 'vec2f', writes: true }],
    [
      declareParts(layout),
      declareSums(layout, layout.regime === 'column' ? 'Unit' : 'f32'),
      declareTotal(layout),
      declareKept(layout),
      normalizedBy,
      declareGiven(isOwn),
      statistics === 'part' || statistics === 'step' ? '' : declareIndex(layout, 'stats'),
      declareParameters(layout, parameters),
    ],
    `
let part = partOf(group, thread);
${statistics === 'part' ? readGiven(layout, 'cells') : ''}
${readParameters(parameters)}
${gradientSums(layout, parameters, statistics === 'part' ? '' : readGivenAt(layout, statistics))}
if (part.exists && part.member == 0) {
  let first = call.affineOffset + part.split * call.cells + part.cell;
  ${(isVector ? [0, 1, 2, 3] : [0]).map(write).join('\n  ')}
}`,
  );
}

/** dx of rows that fit a workgroup, in one dispatch. */
export function rowGradientShader(layout: Layout, gradient: Gradient): Shader {
  const { parameters, isOwn } = gradient;
  return shaderOf(
    layout,
    [DY, X, STATS, ...bindParameters(layout, parameters), DX],
    [
      declareParts(layout),
      declareSums(layout, 'f32'),
      declareTotal(layout),
      declareKept(layout),
      normalizedBy,
      declareGiven(isOwn),
      declareParameters(layout, parameters),
    ],
    `
let part = partOf(group, thread);
${readGiven(layout, 'segments')}
${readParameters(parameters)}
${gradientSums(layout, parameters, '')}
let slopeMean = Unit(sums.a / f32(call.segmentSize));
let alongMean = Unit(sums.b / f32(call.segmentSize));
${writeDx(gradient)}`,
  );
}

/** dgamma and dbeta from the sums of their cells, in the workgroups from `walkGroups` on. */
const mergeAffine = `
let team = thread % call.affineTeams;
let member = thread / call.affineTeams;
let parameter = (group - call.walkGroups) * call.affineTeams + team;
let copies = call.affineCells / call.parameters;
var sum = Pair();
if (parameter < call.parameters) {
  for (var index = member; index < copies * call.affineParts; index += call.affineMembers) {
    let cell = index % copies * call.parameters + parameter;
    let entry = partials[call.affineOffset + index / copies * call.affineCells + cell];
    sum.a += entry.x;
    sum.b += entry.y;
  }
}
let sums = sumOf(sum, team, member, call.affineTeams, call.affineMembers);
if (member == 0 && parameter < call.parameters) {
  dgamma[parameter] = sums.b;
  dbeta[parameter] = sums.a;
}`;

/** dgamma and dbeta alone. */
export function affineShader(layout: Layout): Shader {
  return shaderOf(
    layout,
    [{ name: 'partials', type: 'vec2f' }, ...DPARAMETERS],
    [declareSums(layout, 'f32')],
    mergeAffine,
  );
}

/** `mergedGradient`: the means of g and g · n over a segment, from the sums of its cells, weighed by gamma if they are not. */
function declareMergedGradient(layout: Layout, parameters: Parameters, weighs: boolean): string {
  const parameter = isVector(layout, parameters) ? 'gamma[index / 4][index % 4]' : 'gamma[index]';
  return `
fn weightOf(cell: u32) -> f32 {
  let index = cell % call.parameters;
  return ${parameters.gamma && weighs ? parameter : '1.0'};
}
fn mergedGradient(segment: u32, team: u32, member: u32, teams: u32, members: u32) -> vec2f {
  let entries = select(0, call.cellsPerSegment * call.parts, segment < call.segments);
  var sum = Pair();
  for (var index = member; index < entries; index += members) {
    let cell = segment * call.cellsPerSegment + index % call.cellsPerSegment;
    let entry = weightOf(cell) * partials[index / call.cellsPerSegment * call.cells + cell];
    sum.a += entry.x;
    sum.b += entry.y;
  }
  let sums = sumOf(sum, team, member, teams, members);
  return vec2f(sums.a, sums.b) / f32(call.segmentSize);
}`;
}

/** What is left to do when the sums are there: dx, and dgamma and dbeta. `weighs`: gamma is not in the sums yet. */
export function finishShader(layout: Layout, gradient: Gradient, weighs: boolean): Shader {
  const { parameters, isOwn } = gradient;
  const isColumn = layout.regime === 'column';
  const means = isColumn
    ? `${mergeTile(layout, 'mergedGradient(segment, team, member, teams, members)', 'vec4f(result, 0.0, 0.0)')}
${fromVectors(layout, (place) => tileEntry(layout, place), ['slopeMean', 'alongMean']).replace(/\bown/g, 'means')}`
    : `
let means = mergedGradient(part.cell, part.team, part.member, call.teams, call.members);
let slopeMean = Unit(means.x);
let alongMean = Unit(means.y);`;
  return shaderOf(
    layout,
    [DY, X, STATS, ...bindParameters(layout, parameters), { name: 'partials', type: 'vec2f' }, DX, ...DPARAMETERS],
    [
      declareParts(layout),
      declareSums(layout, 'f32'),
      declareKept(layout),
      normalizedBy,
      declareGiven(isOwn),
      isColumn ? declareTile(layout) : '',
      declareMergedGradient(layout, parameters, weighs),
      declareParameters(layout, parameters),
    ],
    `
if (group >= call.walkGroups) {
${mergeAffine}
  return;
}
let part = partOf(group, thread);
${readGiven(layout, 'segments')}
${means}
${readParameters(parameters)}
${writeDx(gradient)}`,
  );
}

/** `finishShader` where the statistics are constants: dx = g / σ. */
export function finishFrozenShader(layout: Layout, { parameters }: Gradient): Shader {
  return shaderOf(
    layout,
    [DY, STATS, ...bindParameters(layout, parameters), { name: 'partials', type: 'vec2f' }, DX, ...DPARAMETERS],
    [declareParts(layout), declareSums(layout, 'f32'), declareGiven(false), declareParameters(layout, parameters)],
    `
if (group >= call.walkGroups) {
${mergeAffine}
  return;
}
let part = partOf(group, thread);
${readGiven(layout, 'segments')}
${readParameters(parameters)}
${eachUnit(`dx[at] = ${scaled(parameters, 'dy[at]')} * inverse;`)}`,
  );
}
