import {
  type Affine,
  bindAffine,
  declareAffine,
  declareIndex,
  isVector,
  type Lookup,
  readAffine,
  scaled,
} from './affine.ts';
import { type Binding, type Layout, type Shader, shaderOf } from './module.ts';
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
  readonly affine: Affine;
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
const gradientSums = (layout: Layout, affine: Affine, statistics: string) => `
${sumUnits(
  ['slope', 'along'],
  `
${statistics}
let g = ${scaled(affine, 'dy[at]')};
slope += g;
along += g * normalizedBy(x[at], high, low, inverse);`,
)}
let sums = ${sumOfPart(layout, 'Pair(total(slopeSum), total(alongSum))')};`;

const writeDx = ({ affine, useMean }: Gradient) =>
  eachUnit(`
let normalized = normalizedBy(x[at], high, low, inverse);
let g = ${scaled(affine, 'dy[at]')};
dx[at] = (g${useMean ? ' - slopeMean' : ''} - normalized * alongMean) * inverse;`);

/** Sums of dy, or of gamma · dy, and of its product with n. `statistics` belong to the part, or to each of its units. */
export function sumsShader(layout: Layout, { affine, isOwn }: Gradient, statistics: Lookup | 'part'): Shader {
  const isVector = layout.regime === 'column' && layout.unit === 4;
  const write = (place: number) => {
    const [a, b] = ['a', 'b'].map((name) => `sums.${name}${isVector ? `[${place}]` : ''}`);
    return `partials[first + ${place}] = vec2f(${a}, ${b});`;
  };
  return shaderOf(
    layout,
    [DY, X, STATS, ...bindAffine(layout, affine), { name: 'partials', type: 'vec2f', writes: true }],
    [
      declareParts(layout),
      declareSums(layout, layout.regime === 'column' ? 'Unit' : 'f32'),
      declareTotal(layout),
      declareKept(layout),
      normalizedBy,
      declareGiven(isOwn),
      statistics === 'part' || statistics === 'step' ? '' : declareIndex(layout, 'stats'),
      declareAffine(layout, affine),
    ],
    `
let part = partOf(group, thread);
${statistics === 'part' ? readGiven(layout, 'cells') : ''}
${readAffine(affine)}
${gradientSums(layout, affine, statistics === 'part' ? '' : readGivenAt(layout, statistics))}
if (part.exists && part.member == 0) {
  let first = uniforms.affineOffset + part.split * uniforms.cells + part.cell;
  ${(isVector ? [0, 1, 2, 3] : [0]).map(write).join('\n  ')}
}`,
  );
}

/** dx of rows that fit a workgroup, in one dispatch. */
export function rowGradientShader(layout: Layout, gradient: Gradient): Shader {
  const { affine, isOwn } = gradient;
  return shaderOf(
    layout,
    [DY, X, STATS, ...bindAffine(layout, affine), DX],
    [
      declareParts(layout),
      declareSums(layout, 'f32'),
      declareTotal(layout),
      declareKept(layout),
      normalizedBy,
      declareGiven(isOwn),
      declareAffine(layout, affine),
    ],
    `
let part = partOf(group, thread);
${readGiven(layout, 'segments')}
${readAffine(affine)}
${gradientSums(layout, affine, '')}
let slopeMean = Unit(sums.a / f32(uniforms.segmentSize));
let alongMean = Unit(sums.b / f32(uniforms.segmentSize));
${writeDx(gradient)}`,
  );
}

/** dgamma and dbeta from the sums of their cells, in the workgroups from `dxGroups` on. */
const mergeAffine = `
let team = thread % uniforms.affineTeams;
let member = thread / uniforms.affineTeams;
let parameter = (group - uniforms.dxGroups) * uniforms.affineTeams + team;
let copies = uniforms.affineCells / uniforms.parameters;
var sum = Pair();
if (parameter < uniforms.parameters) {
  for (var index = member; index < copies * uniforms.affinePartialsPerCell; index += uniforms.affineMembers) {
    let cell = index % copies * uniforms.parameters + parameter;
    let entry = partials[uniforms.affineOffset + index / copies * uniforms.affineCells + cell];
    sum.a += entry.x;
    sum.b += entry.y;
  }
}
let sums = sumOf(sum, team, member, uniforms.affineTeams, uniforms.affineMembers);
if (member == 0 && parameter < uniforms.parameters) {
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
function declareMergedGradient(layout: Layout, affine: Affine, weighs: boolean): string {
  const parameter = isVector(layout, affine) ? 'gamma[index / 4][index % 4]' : 'gamma[index]';
  return `
fn weightOf(cell: u32) -> f32 {
  let index = cell % uniforms.parameters;
  return ${affine.gamma && weighs ? parameter : '1.0'};
}
fn mergedGradient(segment: u32, team: u32, member: u32, teams: u32, members: u32) -> vec2f {
  let entries = select(0, uniforms.cellsPerSegment * uniforms.partialsPerCell, segment < uniforms.segments);
  var sum = Pair();
  for (var index = member; index < entries; index += members) {
    let cell = segment * uniforms.cellsPerSegment + index % uniforms.cellsPerSegment;
    let entry = weightOf(cell) * partials[index / uniforms.cellsPerSegment * uniforms.cells + cell];
    sum.a += entry.x;
    sum.b += entry.y;
  }
  let sums = sumOf(sum, team, member, teams, members);
  return vec2f(sums.a, sums.b) / f32(uniforms.segmentSize);
}`;
}

/** What is left to do when the sums are there: dx, and dgamma and dbeta. `weighs`: gamma is not in the sums yet. */
export function finishShader(layout: Layout, gradient: Gradient, weighs: boolean): Shader {
  const { affine, isOwn } = gradient;
  const isColumn = layout.regime === 'column';
  const means = isColumn
    ? `${mergeTile(layout, 'mergedGradient(segment, team, member, teams, members)', 'vec4f(result, 0.0, 0.0)')}
${fromVectors(layout, (place) => tileEntry(layout, place), ['slopeMean', 'alongMean']).replace(/\bown/g, 'means')}`
    : `
let means = mergedGradient(part.cell, part.team, part.member, uniforms.teams, uniforms.members);
let slopeMean = Unit(means.x);
let alongMean = Unit(means.y);`;
  return shaderOf(
    layout,
    [DY, X, STATS, ...bindAffine(layout, affine), { name: 'partials', type: 'vec2f' }, DX, ...DPARAMETERS],
    [
      declareParts(layout),
      declareSums(layout, 'f32'),
      declareKept(layout),
      normalizedBy,
      declareGiven(isOwn),
      isColumn ? declareTile(layout) : '',
      declareMergedGradient(layout, affine, weighs),
      declareAffine(layout, affine),
    ],
    `
if (group >= uniforms.dxGroups) {
${mergeAffine}
  return;
}
let part = partOf(group, thread);
${readGiven(layout, 'segments')}
${means}
${readAffine(affine)}
${writeDx(gradient)}`,
  );
}

/** `finishShader` where the statistics are constants: dx = g / σ. */
export function finishFrozenShader(layout: Layout, { affine }: Gradient): Shader {
  return shaderOf(
    layout,
    [DY, STATS, ...bindAffine(layout, affine), { name: 'partials', type: 'vec2f' }, DX, ...DPARAMETERS],
    [declareParts(layout), declareSums(layout, 'f32'), declareGiven(false), declareAffine(layout, affine)],
    `
if (group >= uniforms.dxGroups) {
${mergeAffine}
  return;
}
let part = partOf(group, thread);
${readGiven(layout, 'segments')}
${readAffine(affine)}
${eachUnit(`dx[at] = ${scaled(affine, 'dy[at]')} * inverse;`)}`,
  );
}
