import type { Format, MatrixFormat } from '../draws.ts';
import { BLOCK, type Pattern } from '../grid.ts';
import { declareSlotOf, eachTexel, isMasked, lanesOf, slotFunction, walk, whereEmpty } from './cells.ts';
import { declareNormalized, type NormalizedKey } from './normalized.ts';
import { ofPart, PARTS, partialOf } from './parts.ts';
import { declareSegment } from './segments.ts';
import { declareBoth, declareVector } from './tensors.ts';
import { type Base, indented, loop, type Program, programOf } from './text.ts';

/*
 * The two sums of the gradients: of g and of g · x̂, over the segments of the statistics, where g = dy · gamma, or over
 * those of gamma and beta, where g = dy. Parts keep them divided by their number of texels.
 */

export interface PartialSumsKey extends NormalizedKey {
  readonly x: Format;
  readonly dy: Format;
  /** Whether x and dy lie alike. */
  readonly alike: boolean;
  /** Given where g has it as a factor. */
  readonly gamma: MatrixFormat | undefined;
  readonly pattern: Pattern;
  /** Whether the segments that are summed are those of the statistics, which are read but once then. */
  readonly ofStats: boolean;
}

/** `sum`: the sums of the lanes of a part. `sumsOf`: those of a segment of its cell. */
function declareSums(key: PartialSumsKey): string {
  const { gamma, ofStats, pattern } = key;
  const readGamma = gamma ? '\ng *= gammaOf(affineSegment(at));' : '';
  const empty = isMasked(key, pattern)
    ? whereEmpty(key, 'at', 'g.zw = vec2(0.0);\nproduct.zw = vec2(0.0);', 'g.yw = vec2(0.0);\nproduct.yw = vec2(0.0);')
    : '';
  const readStats = 'readStats(statsSegment(at));';
  const add = /* glsl */ `${ofStats ? '' : readStats}
Value normal = normalized(xAt(at));
Value g = dyAt(at);${readGamma}
Value product = g * normal;
${empty}
blockG += g;
blockProduct += product;`;
  const sumsOf = slotFunction('vec2 sumsOf(int slot)', lanesOf(key, pattern), (lanes) => {
    const total = (name: string) => lanes.map((lane) => `${name}${lane}`).join(' + ');
    return `vec2(${total('sumG')}, ${total('sumProduct')})`;
  });
  return /* glsl */ `${declareBoth(key, key.x, key.dy, key.alike)}
${declareNormalized(key)}
${gamma ? declareSegment(key, 'affine', key.affineShares) : ''}
${gamma ? declareVector(key, 'gamma', gamma, key.affineLanes) : ''}
${walk}
Value sumG;
Value sumProduct;
void sum(int cell, int begin, int end) {
  start(cell, begin);
  ${ofStats ? readStats : ''}
  sumG = Value(0.0);
  sumProduct = Value(0.0);
${indented(
  eachTexel(
    key,
    'Value blockG = Value(0.0);\nValue blockProduct = Value(0.0);',
    add,
    'sumG += blockG;\nsumProduct += blockProduct;',
  ),
)}
}
${sumsOf}`;
}

function tensorsOf({ gamma }: PartialSumsKey) {
  return ['x', 'dy', 'stats', ...(gamma ? (['gamma'] as const) : [])] as const;
}

/** Texels of `partials` for each part: two segments share one. */
export function partialsOfSums(key: Base & Pick<PartialSumsKey, 'pattern'>): number {
  return Math.ceil(lanesOf(key, key.pattern).length / 2);
}

/** The sums of each part, to be merged by `sumsProgram`. */
export function partialSumsProgram(key: PartialSumsKey): Program {
  const other = lanesOf(key, key.pattern).length > 1 ? 'sumsOf(2 * side + 1)' : 'vec2(0.0)';
  return programOf(
    key,
    'packed',
    tensorsOf(key),
    [declareSums(key)],
    ofPart(partialsOfSums(key), 'sum(cell, begin, end);', `vec4(sumsOf(2 * side), ${other}) / float(partTexels)`),
  );
}

export interface SumsKey extends PartialSumsKey {
  /** Whether the sums of parts are there to be merged. Otherwise each segment is summed here. */
  readonly merges: boolean;
  /** Packed for the next program, or in two rows that can be cut apart. */
  readonly output: Format;
}

/** The sums of segments, times `sumScale`: a matrix of two rows. */
export function sumsProgram(key: SumsKey): Program {
  const packed = /* glsl */ `int segment = 2 * drawn;
if (segment >= segments) return;
vec2 one = totalsOf(slotOf(segment));
vec2 other = segment + 1 < segments ? totalsOf(slotOf(segment + 1)) : vec2(0.0);
setOutput(sumScale * vec4(one.x, other.x, one.y, other.y));`;
  const unpacked = /* glsl */ `int row = drawn / segments;
if (row > 1) return;
vec2 both = totalsOf(slotOf(drawn - row * segments));
setOutput(sumScale * (row == 0 ? both.x : both.y));`;
  return programOf(
    key,
    key.output,
    key.merges ? ['partials'] : tensorsOf(key),
    [declareSlotOf(key, key.pattern), key.merges ? declareMerged(key) : declareSummed(key)],
    `int drawn = texelDrawn();\n${key.output === 'packed' ? packed : unpacked}`,
  );
}

function declareSummed(key: SumsKey): string {
  return `${declareSums(key)}
int summed = -1;
vec2 totalsOf(ivec2 place) {
  // Neighbouring segments are in one cell mostly.
  if (summed != place.x) sum(place.x, 0, cellTexels);
  summed = place.x;
  return sumsOf(place.y);
}`;
}

function declareMerged(key: SumsKey): string {
  const body = `vec4 entry = ${partialOf(partialsOfSums(key), 2)};
block += imod(place.y, 2) == 0 ? entry.xy : entry.zw;
if (imod(part, ${BLOCK}) < ${BLOCK - 1}) continue;
total += block;
block = vec2(0.0);`;
  return /* glsl */ `vec2 totalsOf(ivec2 place) {
  vec2 total = vec2(0.0);
  vec2 block = vec2(0.0);
${indented(loop(key, PARTS, body))}
  return total + block;
}`;
}
