import { declareSlotOf, lanesOf, walk } from './cells.ts';
import { declareMoments, declarePivotOf, join, type MomentsKey, partialsOfMoments } from './moments.ts';
import { PARTS, partialOf } from './parts.ts';
import { declareTexels } from './tensors.ts';
import { indented, loop, type Program, programOf } from './text.ts';

export interface StatisticsKey extends MomentsKey {
  /** Whether the moments of parts are there to be merged. Otherwise each segment is measured here. */
  readonly merges: boolean;
  /** Whether textures hold half floats. */
  readonly halves: boolean;
}

/** The statistics, in the rows of `stats-rows.ts`. */
export function statisticsProgram(key: StatisticsKey): Program {
  const { merges, useMean, halves } = key;
  return programOf(
    key,
    'packed',
    merges ? (useMean ? ['x', 'partials'] : ['partials']) : ['x'],
    [
      declareSlotOf(key, key.pattern),
      merges ? declareMerged(key) : declareMeasured(key),
      halves ? shortened[key.webgl] : '',
      /* glsl */ `vec4 statisticsOf(int segment) {
  float high;
  vec3 moments = mergedOf(slotOf(segment), high);
  float segmentMean = ${halves ? 'shortened(high + moments.x)' : 'kept(high + moments.x)'};
  float meanLow = moments.x - kept(segmentMean - high);
  float variance = moments.y / moments.z;
  return vec4(segmentMean, variance, meanLow, sqrt(variance + epsilon));
}`,
    ],
    /* glsl */ `int drawn = texelDrawn();
int pairs = (segments + 1) / 2;
int rows = drawn / pairs;
if (rows > 1) return;
int segment = 2 * (drawn - rows * pairs);
vec4 one = statisticsOf(segment);
vec4 other = segment + 1 < segments ? statisticsOf(segment + 1) : vec4(0.0);
setOutput(rows == 0 ? vec4(one.x, other.x, one.y, other.y) : vec4(one.z, other.z, one.w, other.w));`,
  );
}

/** `shortened`: a number of so few digits that half floats hold them. What is left out of a mean is kept beside it. */
const shortened = {
  1: /* glsl */ `float shortened(float v) {
  if (v == 0.0) return v;
  float place = exp2(max(floor(log2(abs(v))), -14.0) - 9.0);
  return floor(v / place) * place;
}`,
  2: '#define shortened(v) intBitsToFloat(floatBitsToInt(v) & -16384)',
} as const;

/** `mergedOf`: the moments of a segment. Their mean is a difference from `high`. */
function declareMeasured(key: StatisticsKey): string {
  return /* glsl */ `${declareMoments(key)}
${declarePivotOf(key)}
int measured = -1;
vec3 mergedOf(ivec2 place, out float high) {
  // Neighbouring segments are in one cell mostly.
  if (measured != place.x) measure(place.x, 0, cellTexels);
  measured = place.x;
  high = pivotOf(pivot, place.y);
  return momentsOf(place.y);
}`;
}

/** The same, merged from the moments of its parts. The mean of the first part is what the others are compared with. */
function declareMerged(key: StatisticsKey): string {
  const { hasCount, texels } = partialsOfMoments(key);
  const lanes = lanesOf(key, key.pattern)[0]?.length ?? 1;
  const pivot = 'int begin = part * partTexels;\nstart(place.x, begin);\nfloat pivot = pivotOf(xAt(at), place.y);';
  const body = /* glsl */ `vec4 entry = ${partialOf(texels, hasCount ? 1 : 2)};
vec2 moments = ${hasCount ? 'entry.xy' : 'imod(place.y, 2) == 0 ? entry.xy : entry.zw'};
float count = ${hasCount ? 'entry.z' : `${lanes}.0 * float(part + 1 < parts ? partTexels : cellTexels - part * partTexels)`};
${key.useMean ? pivot : 'float pivot = 0.0;'}
if (part == 0) {
  high = kept(pivot + moments.x);
  low = moments.x - kept(high - pivot);
}
merged = join(merged, vec3(kept(pivot - high) - low + moments.x, moments.y * moments.y * count, count));`;
  return /* glsl */ `${key.useMean ? `${declareTexels(key, 'x', key.x)}\n${walk}\n${declarePivotOf(key)}` : ''}
${join}
vec3 mergedOf(ivec2 place, out float high) {
  high = 0.0;
  float low = 0.0;
  vec3 merged = vec3(0.0);
${indented(loop(key, PARTS, body))}
  return vec3(merged.x + low, merged.yz);
}`;
}
