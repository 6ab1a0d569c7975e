import { type Affine, bindAffine, declareAffine, readAffine, scaledAndShifted } from './affine.ts';
import { type Binding, type Layout, PARTIALS, type Shader, type SummingLayout, shaderOf } from './module.ts';
import { declareParts, eachUnit } from './part.ts';
import { declareKept, declareSums, declareSumsOfParts } from './reduce.ts';
import {
  declareGiven,
  declareMerge,
  finiteOr0,
  fromVector,
  fromVectors,
  inverseRoot,
  momentsOf,
  normalizedBy,
  readGiven,
  statistic,
  varianceOf,
} from './statistics.ts';
import { declareTile, mergeTile, tileEntry } from './tile.ts';

const X: Binding = { name: 'x', type: 'Unit' };
const Y: Binding = { name: 'y', type: 'Unit', writes: true };

const writeStats = (mean: string, variance: string, low: string) => `
${statistic('mean')} = ${mean};
${statistic('variance')} = ${variance};
${statistic('meanLow')} = ${low};
${statistic('deviation')} = sqrt(${variance} + uniforms.epsilon);`;

const writeY = (affine: Affine) =>
  eachUnit(`
let normalized = normalizedBy(x[at], high, low, inverse);
y[at] = ${scaledAndShifted(affine, 'normalized')};`);

interface ForwardKey {
  readonly layout: SummingLayout;
  readonly useMean: boolean;
  readonly affine: Affine;
}

/** Rows that fit a workgroup: statistics and y in one dispatch. */
export function forwardShader({ layout, useMean, affine }: ForwardKey): Shader {
  return shaderOf(
    'forward',
    layout,
    [X, ...bindAffine(layout, affine), Y, { name: 'stats', type: 'f32', writes: true }],
    [
      declareParts(layout),
      declareSumsOfParts(layout),
      declareKept(layout),
      inverseRoot,
      normalizedBy,
      varianceOf,
      finiteOr0,
      declareAffine(layout, affine),
    ],
    `
let part = partOf(group, thread);
${momentsOf(layout, useMean)}
let variance = varianceOf(squares, count);
if (part.exists && part.member == 0) {
  let segment = part.cell;
  ${writeStats('meanHigh', 'variance', 'meanLow')}
}
let high = Unit(meanHigh);
let low = Unit(meanLow);
let inverse = Unit(inverseRoot(variance));
${readAffine(affine)}
${writeY(affine)}`,
  );
}

interface MomentsKey {
  readonly layout: SummingLayout;
  readonly useMean: boolean;
}

/** The statistics of each part, to be merged by `normalizeShader`. */
export function momentsShader({ layout, useMean }: MomentsKey): Shader {
  const isVector = layout.regime === 'column' && layout.unit === 4;
  const write = (place: number) => {
    const [mean, low, squares] = ['meanHigh', 'meanLow', 'squares'].map(
      (name) => `${name}${isVector ? `[${place}]` : ''}`,
    );
    return `partials[first + ${place}] = vec4f(${mean}, ${low}, ${squares}, count);`;
  };
  return shaderOf(
    'moments',
    layout,
    [X, { name: 'partials', type: PARTIALS.moments.type, writes: true }],
    [declareParts(layout), declareSumsOfParts(layout), declareKept(layout), finiteOr0],
    `
let part = partOf(group, thread);
${momentsOf(layout, useMean)}
if (part.exists && part.member == 0) {
  let first = part.split * uniforms.cells + part.cell;
  ${(isVector ? [0, 1, 2, 3] : [0]).map(write).join('\n  ')}
}`,
  );
}

interface NormalizeKey {
  readonly layout: Layout;
  readonly useMean: boolean;
  readonly affine: Affine;
}

/** y, and the statistics, from what `momentsShader` left. */
export function normalizeShader({ layout, useMean, affine }: NormalizeKey): Shader {
  const isColumn = layout.regime === 'column';
  const write = writeStats('result.x', 'result.z', 'result.y');
  const onTile = `
${mergeTile(
  layout,
  'merged(segment, team, member, teams, members)',
  'vec4f(result.xy, inverseRoot(result.z), 0.0)',
  `if (group % uniforms.splits == 0) {${write}\n  }`,
)}
${fromVectors(layout, (place) => tileEntry(layout, place))}`;
  const onRows = `
let segment = part.cell;
let result = merged(segment, part.team, part.member, uniforms.teams, uniforms.members);
if (part.exists && part.member == 0 && part.split == 0) {${write}
}
${fromVector('let own = vec3f(result.xy, inverseRoot(result.z));', 'own')}`;
  return shaderOf(
    'normalize',
    layout,
    [
      X,
      ...bindAffine(layout, affine),
      { name: 'partials', type: PARTIALS.moments.type },
      Y,
      { name: 'stats', type: 'f32', writes: true },
    ],
    [
      declareParts(layout),
      declareSums(layout),
      declareKept(layout),
      inverseRoot,
      normalizedBy,
      varianceOf,
      finiteOr0,
      declareMerge(useMean),
      isColumn ? declareTile(layout) : '',
      declareAffine(layout, affine),
    ],
    `
let part = partOf(group, thread);
${isColumn ? onTile : onRows}
${readAffine(affine)}
${writeY(affine)}`,
  );
}

interface ApplyKey {
  readonly layout: Layout;
  readonly affine: Affine;
}

/** y with the statistics given. */
export function applyShader({ layout, affine }: ApplyKey): Shader {
  return shaderOf(
    'apply',
    layout,
    [X, ...bindAffine(layout, affine), { name: 'stats', type: 'f32' }, Y],
    [declareParts(layout), declareKept(layout), normalizedBy, declareGiven(true), declareAffine(layout, affine)],
    `
let part = partOf(group, thread);
${readGiven(layout, 'segments')}
${readAffine(affine)}
${writeY(affine)}`,
  );
}
