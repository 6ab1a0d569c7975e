import { type Binding, type Layout, type Shader, shaderOf } from './module.ts';
import { bindParameters, declareParameters, type Parameters, readParameters, scaledAndShifted } from './parameters.ts';
import { declareParts, eachUnit } from './part.ts';
import { declareKept, declareSums, declareTotal } from './reduce.ts';
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
  varianceOf,
} from './statistics.ts';
import { declareTile, mergeTile, tileEntry } from './tile.ts';

const X: Binding = { name: 'x', type: 'Unit' };
const Y: Binding = { name: 'y', type: 'Unit', writes: true };

/** Mean, variance, the low part of the mean, and √(variance + epsilon). */
const writeStats = (mean: string, variance: string, low: string) => `
stats[segment] = ${mean};
stats[call.segments + segment] = ${variance};
stats[2 * call.segments + segment] = ${low};
stats[3 * call.segments + segment] = sqrt(${variance} + call.epsilon);`;

const writeY = (parameters: Parameters) =>
  eachUnit(`
let normalized = normalizedBy(x[at], high, low, inverse);
y[at] = ${scaledAndShifted(parameters, 'normalized')};`);

/** Rows that fit a workgroup: statistics and y in one dispatch. */
export function forwardShader(layout: Layout, useMean: boolean, parameters: Parameters): Shader {
  return shaderOf(
    layout,
    [X, ...bindParameters(layout, parameters), Y, { name: 'stats', type: 'f32', writes: true }],
    [
      declareParts(layout),
      declareSums(layout, 'f32'),
      declareTotal(layout),
      declareKept(layout),
      inverseRoot,
      normalizedBy,
      varianceOf,
      finiteOr0,
      declareParameters(layout, parameters),
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
${readParameters(parameters)}
${writeY(parameters)}`,
  );
}

/** The statistics of parts of segments, to be merged by `normalizeShader`. */
export function momentsShader(layout: Layout, useMean: boolean): Shader {
  const isVector = layout.regime === 'column' && layout.unit === 4;
  const write = (place: number) => {
    const [mean, low, squares] = ['meanHigh', 'meanLow', 'squares'].map(
      (name) => `${name}${isVector ? `[${place}]` : ''}`,
    );
    return `partials[first + ${place}] = vec4f(${mean}, ${low}, ${squares}, count);`;
  };
  return shaderOf(
    layout,
    [X, { name: 'partials', type: 'vec4f', writes: true }],
    [
      declareParts(layout),
      declareSums(layout, layout.regime === 'column' ? 'Unit' : 'f32'),
      declareTotal(layout),
      declareKept(layout),
      finiteOr0,
    ],
    `
let part = partOf(group, thread);
${momentsOf(layout, useMean)}
if (part.exists && part.member == 0) {
  let first = part.split * call.cells + part.cell;
  ${(isVector ? [0, 1, 2, 3] : [0]).map(write).join('\n  ')}
}`,
  );
}

/** y, and the statistics, from what `momentsShader` left. */
export function normalizeShader(layout: Layout, useMean: boolean, parameters: Parameters): Shader {
  const isColumn = layout.regime === 'column';
  const write = writeStats('result.x', 'result.z', 'result.y');
  const onTile = `
${mergeTile(
  layout,
  'merged(segment, team, member, teams, members)',
  'vec4f(result.xy, inverseRoot(result.z), 0.0)',
  `if (group % call.splits == 0) {${write}\n  }`,
)}
${fromVectors(layout, (place) => tileEntry(layout, place))}`;
  const onRows = `
let segment = part.cell;
let result = merged(segment, part.team, part.member, call.teams, call.members);
if (part.exists && part.member == 0 && part.split == 0) {${write}
}
${fromVector('let own = vec3f(result.xy, inverseRoot(result.z));', 'own')}`;
  return shaderOf(
    layout,
    [
      X,
      ...bindParameters(layout, parameters),
      { name: 'partials', type: 'vec4f' },
      Y,
      { name: 'stats', type: 'f32', writes: true },
    ],
    [
      declareParts(layout),
      declareSums(layout, 'f32'),
      declareKept(layout),
      inverseRoot,
      normalizedBy,
      varianceOf,
      finiteOr0,
      declareMerge(useMean),
      isColumn ? declareTile(layout) : '',
      declareParameters(layout, parameters),
    ],
    `
let part = partOf(group, thread);
${isColumn ? onTile : onRows}
${readParameters(parameters)}
${writeY(parameters)}`,
  );
}

/** y with the statistics given. */
export function applyShader(layout: Layout, parameters: Parameters): Shader {
  return shaderOf(
    layout,
    [X, ...bindParameters(layout, parameters), { name: 'stats', type: 'f32' }, Y],
    [
      declareParts(layout),
      declareKept(layout),
      normalizedBy,
      declareGiven(false),
      declareParameters(layout, parameters),
    ],
    `
let part = partOf(group, thread);
${readGiven(layout, 'segments')}
${readParameters(parameters)}
${writeY(parameters)}`,
  );
}
