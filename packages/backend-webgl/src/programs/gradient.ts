import type { MatrixFormat } from '../draws.ts';
import { declareDrawTexel, declareNormalized, type NormalizedKey } from './normalized.ts';
import { declareSegment } from './segments.ts';
import { declareMatrix, declareTexels, declareVector, type Reading, spread } from './tensors.ts';
import { type Program, programOf } from './text.ts';

export interface GradientKey extends NormalizedKey {
  readonly dy: Reading;
  readonly gamma: MatrixFormat | undefined;
  /** The means of g and of g · x̂ of each segment; or the sums for gamma and beta, where these have the same segments. */
  readonly sums: 'statsSums' | 'affineSums';
  readonly sumsFormat: MatrixFormat;
}

/** dx = (g − mean of g − x̂ · mean of g · x̂) / deviation, where g = dy · gamma; with frozen statistics g / deviation. */
export function gradientProgram(key: GradientKey): Program {
  const { gamma, frozen, sums, useMean } = key;
  const means = frozen ? '' : readMeans(key);
  const mean = useMean ? ' - meanOfG' : '';
  const dx = frozen ? 'g * root' : `(g${mean} - normalized(xAt(drawn)) * meanOfProduct) * root`;
  const parameter = 'int parameter = affineSegment(drawn);\ng *= gammaOf(parameter);';
  return programOf(
    key,
    key.quads ? 'packed' : 'unpacked',
    ['dy', 'stats', ...(frozen ? [] : (['x', sums] as const)), ...(gamma ? (['gamma'] as const) : [])],
    [
      declareTexels(key, 'dy', key.dy),
      frozen ? '' : declareTexels(key, 'x', key.x),
      declareNormalized(key),
      frozen ? '' : declareMatrix(sums, key.sumsFormat, { rows: 2, pairs: key.statsLanes.pairs }),
      gamma ? declareSegment(key, 'affine', key.affineShares) : '',
      gamma ? declareVector(key, 'gamma', gamma, key.affineLanes) : '',
      declareDrawTexel(key),
    ],
    /* glsl */ `int drawn = texelDrawn();
int segment = statsSegment(drawn);
readStats(segment);
Value g = dyAt(drawn);
${gamma ? parameter : ''}
${means}
drawTexel(drawn, ${dx});`,
  );
}

function readMeans(key: GradientKey): string {
  const {
    sums,
    statsLanes: { pattern },
    gamma,
  } = key;
  const factor = sums === 'statsSums' ? '' : ` * (${gamma ? 'gammaOf(parameter)' : '1.0'} / segmentSize)`;
  const lanes = (channels: string) => spread(key, pattern, `means.${channels}`, `meansBelow.${channels}`);
  return `vec4 means = ${sums}At(0, segment);
${pattern === 'each' ? `vec4 meansBelow = ${sums}At(0, segment + statsKept.y);` : ''}
Value meanOfG = ${lanes('xy')}${factor};
Value meanOfProduct = ${lanes('zw')}${factor};`;
}
