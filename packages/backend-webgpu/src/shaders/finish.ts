import { type Affine, bindAffine, declareAffine, isVector, readAffine, scaled } from './affine.ts';
import { DX, DY, STATS, writeDx, X } from './backward.ts';
import { type Binding, type Layout, PARTIALS, type Shader, shaderOf } from './module.ts';
import { declareParts, eachUnit } from './part.ts';
import { declareKept, declareSums } from './reduce.ts';
import { declareGiven, fromVectors, normalizedBy, readGiven } from './statistics.ts';
import { declareTile, mergeTile, tileEntry } from './tile.ts';

/*
 * The last dispatch of a backward pass merges the partials that `sumsShader` left.
 */

const MERGED: Binding = { name: 'partials', type: PARTIALS.sums.type };
const DAFFINE: readonly Binding[] = [
  { name: 'dgamma', type: 'f32', writes: true },
  { name: 'dbeta', type: 'f32', writes: true },
];

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

interface AffineKey {
  readonly workgroup: number;
}

/** dgamma and dbeta alone. */
export function affineShader({ workgroup }: AffineKey): Shader {
  const layout: Layout = { regime: 'row', unit: 1, workgroup };
  return shaderOf('affine', layout, [MERGED, ...DAFFINE], [declareSums(layout)], mergeAffine);
}

/** dx in the workgroups before `dxGroups`, dgamma and dbeta in the others. */
const withAffine = (dx: string) => `
if (group >= uniforms.dxGroups) {
${mergeAffine}
  return;
}
${dx}`;

interface FinishKey {
  readonly layout: Layout;
  readonly affine: Affine;
  readonly useMean: boolean;
  /** The sums are of dy: gamma is still to be multiplied into them. */
  readonly weighs: boolean;
}

/** dx, dgamma and dbeta from the sums. */
export function finishShader({ layout, affine, useMean, weighs }: FinishKey): Shader {
  const isColumn = layout.regime === 'column';
  const means = isColumn
    ? `${mergeTile(layout, 'mergedGradient(segment, team, member, teams, members)', 'vec4f(result, 0.0, 0.0)')}
${fromVectors(layout, (place) => tileEntry(layout, place), ['slopeMean', 'alongMean']).replace(/\bown/g, 'means')}`
    : `
let means = mergedGradient(part.cell, part.team, part.member, uniforms.teams, uniforms.members);
let slopeMean = Unit(means.x);
let alongMean = Unit(means.y);`;
  return shaderOf(
    'finish',
    layout,
    [DY, X, STATS, ...bindAffine(layout, affine), MERGED, DX, ...DAFFINE],
    [
      declareParts(layout),
      declareSums(layout),
      declareKept(layout),
      normalizedBy,
      declareGiven(false),
      isColumn ? declareTile(layout) : '',
      declareMergedGradient(layout, affine, weighs),
      declareAffine(layout, affine),
    ],
    withAffine(`
let part = partOf(group, thread);
${readGiven(layout, 'segments')}
${means}
${readAffine(affine)}
${writeDx(affine, useMean)}`),
  );
}

/** `mergedGradient`: the means of g and g · n over a segment, from the sums of its cells. */
function declareMergedGradient(layout: Layout, affine: Affine, weighs: boolean): string {
  const parameter = isVector(layout, affine) ? 'gamma[index / 4][index % 4]' : 'gamma[index]';
  return `
fn weightOf(cell: u32) -> f32 {
  let index = cell % uniforms.parameters;
  return ${weighs ? parameter : '1.0'};
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

interface FrozenKey {
  readonly layout: Layout;
  readonly affine: Affine;
}

/** The same where the statistics are constants: dx = g / σ. */
export function finishFrozenShader({ layout, affine }: FrozenKey): Shader {
  return shaderOf(
    'finish frozen',
    layout,
    [DY, STATS, ...bindAffine(layout, affine), MERGED, DX, ...DAFFINE],
    [declareParts(layout), declareSums(layout), declareGiven(true), declareAffine(layout, affine)],
    withAffine(`
let part = partOf(group, thread);
${readGiven(layout, 'segments')}
${readAffine(affine)}
${eachUnit(`dx[at] = ${scaled(affine, 'dy[at]')} * inverse;`)}`),
  );
}
