import type { Format } from '../draws.ts';
import type { Pattern } from '../grid.ts';
import { whereEmpty } from './cells.ts';
import { declareMatrix, declareTexels, declareVector, spread } from './tensors.ts';
import { type Base, indented, type Program, programOf } from './text.ts';

/** How a program normalizes the texels of x. */
export interface NormalizedKey extends Base {
  readonly x: Format;
  readonly stats: Format;
  /** Whether a caller gave the statistics: mean and variance alone. */
  readonly frozen: boolean;
  /** Which lanes share statistics, and which gamma and beta. */
  readonly statsPattern: Pattern;
  readonly affinePattern: Pattern;
}

export interface NormalizeKey extends NormalizedKey {
  readonly gamma: Format | undefined;
  readonly beta: Format | undefined;
}

/** `readStats`: the statistics of the lanes of a texel, by the segment of its first element. `normalized` uses them. */
export function declareNormalized(key: NormalizedKey): string {
  const { frozen, statsPattern } = key;
  const sides = statsPattern === 'each' ? ['', 'Below'] : [''];
  const read = sides.map((side) => {
    const segment = side ? 'segment + statsBelow' : 'segment';
    const upper = `vec4 upper${side} = statsAt(0, ${segment});`;
    if (frozen) return `${upper}\nvec2 roots${side} = rootsOf(sqrt(upper${side}.zw + epsilon));`;
    return `${upper}\nvec4 lower${side} = statsAt(1, ${segment});\nvec2 roots${side} = rootsOf(lower${side}.zw);`;
  });
  const lanes = (pair: string, channels = '') =>
    spread(key, statsPattern, `${pair}${channels}`, `${pair}Below${channels}`);
  return /* glsl */ `${declareMatrix('stats', key.stats)}
Value meanHigh;
Value meanLow;
Value root;
/** 1 / deviation, and 0 where that is 0. */
vec2 rootsOf(vec2 deviation) {
  return vec2(deviation.x == 0.0 ? 0.0 : 1.0 / deviation.x, deviation.y == 0.0 ? 0.0 : 1.0 / deviation.y);
}
void readStats(int segment) {
${indented(read.join('\n'))}
  meanHigh = ${lanes('upper', '.xy')};
  meanLow = ${frozen ? 'Value(0.0)' : lanes('lower', '.xy')};
  root = ${lanes('roots')};
}
Value normalized(Value value) {
  return (kept(value - meanHigh) - meanLow) * root;
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
  const scaled = gamma ? 'gammaAt(parameter) * normalized(xAt(drawn))' : 'normalized(xAt(drawn))';
  return programOf(
    key,
    key.quads ? 'packed' : 'unpacked',
    ['x', 'stats', ...vectors.map(({ name }) => name)],
    [
      declareTexels(key, 'x', key.x),
      declareNormalized(key),
      ...vectors.map(({ name, format }) => declareVector(key, name, format, key.affinePattern)),
      declareDrawTexel(key),
    ],
    /* glsl */ `int drawn = texelDrawn();
int element = elementOf(drawn);
readStats(segmentOf(statsView, element));
${vectors.length > 0 ? 'int parameter = segmentOf(affineView, element);' : ''}
drawTexel(drawn, ${beta ? `${scaled} + betaAt(parameter)` : scaled});`,
  );
}
