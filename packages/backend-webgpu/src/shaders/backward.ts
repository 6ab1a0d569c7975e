import { type Affine, bindAffine, declareAffine, declareIndex, type Lookup, readAffine, scaled } from './affine.ts';
import { type Binding, PARTIALS, type Shader, type SummingLayout, shaderOf } from './module.ts';
import { declareParts, eachUnit, sumUnits } from './part.ts';
import { declareKept, declareSumsOfParts, sumOfPart } from './reduce.ts';
import { declareGiven, normalizedBy, readGiven, readGivenAt } from './statistics.ts';

/*
 * With n = (x − mean) / σ and g = gamma · dy, dx = (g − mean(g) − n · mean(g · n)) / σ over each segment of the
 * statistics, dgamma = Σ dy · n and dbeta = Σ dy over each segment of gamma.
 */

export const DY: Binding = { name: 'dy', type: 'Unit' };
export const X: Binding = { name: 'x', type: 'Unit' };
export const STATS: Binding = { name: 'stats', type: 'f32' };
export const DX: Binding = { name: 'dx', type: 'Unit', writes: true };

/** `sums`: those of g and of g · n over a part. */
const gradientSums = (layout: SummingLayout, affine: Affine, statistics: string) => `
${sumUnits(
  ['slope', 'along'],
  `
${statistics}
let g = ${scaled(affine, 'dy[at]')};
slope += g;
along += g * normalizedBy(x[at], high, low, inverse);`,
)}
let sums = ${sumOfPart(layout, 'Pair(total(slopeSum), total(alongSum))')};`;

/** dx, from `slopeMean` and `alongMean`: the means of g and of g · n over the segment. */
export function writeDx(affine: Affine, useMean: boolean): string {
  return eachUnit(`
let normalized = normalizedBy(x[at], high, low, inverse);
let g = ${scaled(affine, 'dy[at]')};
dx[at] = (g${useMean ? ' - slopeMean' : ''} - normalized * alongMean) * inverse;`);
}

interface SumsKey {
  readonly layout: SummingLayout;
  readonly affine: Affine;
  /** A caller gave the statistics, mean and variance alone. */
  readonly frozenStats: boolean;
  /** The statistics belong to the part, or to each of its units, which finds them so. */
  readonly statistics: Lookup | 'part';
}

/** The sums over each part, of dy or of gamma · dy, and of its product with n. */
export function sumsShader({ layout, affine, frozenStats, statistics }: SumsKey): Shader {
  const isVector = layout.regime === 'column' && layout.unit === 4;
  const write = (place: number) => {
    const [a, b] = ['a', 'b'].map((name) => `sums.${name}${isVector ? `[${place}]` : ''}`);
    return `partials[first + ${place}] = vec2f(${a}, ${b});`;
  };
  return shaderOf(
    'sums',
    layout,
    [DY, X, STATS, ...bindAffine(layout, affine), { name: 'partials', type: PARTIALS.sums.type, writes: true }],
    [
      declareParts(layout),
      declareSumsOfParts(layout),
      declareKept(layout),
      normalizedBy,
      declareGiven(frozenStats),
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

interface RowsKey {
  readonly layout: SummingLayout;
  readonly affine: Affine;
  readonly useMean: boolean;
}

/** dx of rows that fit a workgroup, in one dispatch. */
export function rowsShader({ layout, affine, useMean }: RowsKey): Shader {
  return shaderOf(
    'rows',
    layout,
    [DY, X, STATS, ...bindAffine(layout, affine), DX],
    [
      declareParts(layout),
      declareSumsOfParts(layout),
      declareKept(layout),
      normalizedBy,
      declareGiven(false),
      declareAffine(layout, affine),
    ],
    `
let part = partOf(group, thread);
${readGiven(layout, 'segments')}
${readAffine(affine)}
${gradientSums(layout, affine, '')}
let slopeMean = Unit(sums.a / f32(uniforms.segmentSize));
let alongMean = Unit(sums.b / f32(uniforms.segmentSize));
${writeDx(affine, useMean)}`,
  );
}
