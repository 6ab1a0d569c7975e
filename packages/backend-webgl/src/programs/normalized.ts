import type { MatrixFormat } from '../draws.ts';
import type { Lanes } from '../grid.ts';
import { whereEmpty } from './cells.ts';
import { declareSegment, type Shares } from './segments.ts';
import { declareMatrix, declareTexels, declareVector, type Reading, spread } from './tensors.ts';
import { type Base, indented, type Program, programOf } from './text.ts';

/** How a program normalizes the texels of x. */
export interface NormalizedKey extends Base {
  readonly x: Reading;
  readonly stats: MatrixFormat;
  /** Whether a caller gave the statistics: mean and variance alone. */
  readonly frozen: boolean;
  readonly useMean: boolean;
  /** Which lanes share statistics, and which gamma and beta. */
  readonly statsLanes: Lanes;
  readonly affineLanes: Lanes;
  readonly statsShares: Shares;
  readonly affineShares: Shares;
}

export interface NormalizeKey extends NormalizedKey {
  readonly gamma: MatrixFormat | undefined;
  readonly beta: MatrixFormat | undefined;
}

/** `readStats`: the statistics of the lanes of a texel, by the segment of its first element. `normalized` uses them. */
export function declareNormalized(key: NormalizedKey): string {
  const { frozen, useMean, statsLanes } = key;
  // Mean and variance; and what float32 leaves out of the mean, with the deviation, which a caller does not give.
  const [upper, lower] = [useMean || frozen, !frozen];
  const read = (statsLanes.pattern === 'each' ? ['', 'Below'] : ['']).map((side) => {
    const segment = side ? 'segment + statsKept.y' : 'segment';
    return `${upper ? `vec4 upper${side} = statsAt(0, ${segment});` : ''}
${lower ? `vec4 lower${side} = statsAt(1, ${segment});` : ''}
vec2 roots${side} = rootsOf(${lower ? `lower${side}.zw` : `sqrt(upper${side}.zw + epsilon)`});`;
  });
  const lanes = (pair: string, channels = '') =>
    spread(key, statsLanes.pattern, `${pair}${channels}`, `${pair}Below${channels}`);
  const less = (value: string) =>
    upper ? (lower ? `(kept(${value} - meanHigh) - meanLow)` : `(${value} - meanHigh)`) : value;
  return /* glsl */ `${declareMatrix('stats', key.stats, { rows: 2, pairs: statsLanes.pairs })}
${declareSegment(key, 'stats', key.statsShares)}
Value root;
${upper ? 'Value meanHigh;' : ''}
${upper && lower ? 'Value meanLow;' : ''}
/** 1 / deviation, and 0 where that is 0. */
vec2 rootsOf(vec2 deviation) {
  return vec2(deviation.x == 0.0 ? 0.0 : 1.0 / deviation.x, deviation.y == 0.0 ? 0.0 : 1.0 / deviation.y);
}
void readStats(int segment) {
${indented(read.join('\n'))}
  root = ${lanes('roots')};
  ${upper ? `meanHigh = ${lanes('upper', '.xy')};` : ''}
  ${upper && lower ? `meanLow = ${lanes('lower', '.xy')};` : ''}
}
Value normalized(Value value) {
  return ${less('value')} * root;
}`;
}

/** `drawTexel`: as the texel that is drawn; lanes without an element must be 0 for TensorFlow.js. */
export function declareDrawTexel(base: Base): string {
  return /* glsl */ `void drawTexel(int drawn, Value value) {
${indented(whereEmpty(base, 'drawn', 'value.zw = vec2(0.0);', 'value.yw = vec2(0.0);'))}
  setOutput(value);
}`;
}

/** gamma · (x − mean) / deviation + beta. */
export function normalizeProgram(key: NormalizeKey): Program {
  const { gamma, beta } = key;
  const vectors = [['gamma', gamma] as const, ['beta', beta] as const].flatMap(([name, format]) =>
    format ? [{ name, format }] : [],
  );
  const scaled = gamma ? 'gammaOf(parameter) * normalized(xAt(drawn))' : 'normalized(xAt(drawn))';
  return programOf(
    key,
    key.quads ? 'packed' : 'unpacked',
    ['x', 'stats', ...vectors.map(({ name }) => name)],
    [
      declareTexels(key, 'x', key.x),
      declareNormalized(key),
      vectors.length > 0 ? declareSegment(key, 'affine', key.affineShares) : '',
      ...vectors.map(({ name, format }) => declareVector(key, name, format, key.affineLanes)),
      declareDrawTexel(key),
    ],
    /* glsl */ `int drawn = texelDrawn();
readStats(statsSegment(drawn));
${vectors.length > 0 ? 'int parameter = affineSegment(drawn);' : ''}
drawTexel(drawn, ${beta ? `${scaled} + betaOf(parameter)` : scaled});`,
  );
}
