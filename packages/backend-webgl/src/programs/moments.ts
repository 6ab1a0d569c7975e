import type { Format } from '../draws.ts';
import { BLOCK, type Pattern } from '../grid.ts';
import { eachTexel, isMasked, lanesOf, slotFunction, walk, whereEmpty } from './cells.ts';
import { ofPart } from './parts.ts';
import { declareTexels } from './tensors.ts';
import { type Base, indented, type Program, programOf } from './text.ts';

/*
 * Each lane of a part is summed in blocks: the differences from the mean of what came before, and their squares. The first
 * block has the mean of its first texels for that, so that little cancels. Blocks, lanes and parts are merged by their
 * counts (Chan, Golub and LeVeque). A mean is kept as its difference from a pivot, the first element of its part: float32
 * holds that where it does not hold the mean, and half floats do too. They hold the deviation likewise, where they do not
 * hold the sum of the squares.
 */

export interface MomentsKey extends Base {
  readonly x: Format;
  readonly pattern: Pattern;
  readonly useMean: boolean;
}

/** `join`: the moments (mean, sum of the squared deviations, count) of two sets, either of which may be empty. */
export const join = /* glsl */ `
vec3 join(vec3 a, vec3 b) {
  float count = a.z + b.z;
  float share = b.z / max(count, 1.0);
  float delta = b.x - a.x;
  return vec3(a.x + delta * share, a.y + b.y + a.z * share * delta * delta, count);
}`;

/** `measure`: the moments of each lane of a part. `momentsOf`: those of a segment of its cell. */
export function declareMoments(key: MomentsKey): string {
  const slots = lanesOf(key, key.pattern);
  const momentsOf = slotFunction('vec3 momentsOf(int slot)', slots, (lanes) =>
    lanes.map((lane) => `vec3(mean${lane}, squares${lane}, count${lane})`).reduce((all, one) => `join(${all}, ${one})`),
  );
  return /* glsl */ `${declareTexels(key, 'x', key.x)}
${walk}
${join}
Value pivot;
Value mean;
Value squares;
Value count;
void measure(int cell, int begin, int end) {
  start(cell, begin);
  pivot = ${key.useMean ? pivotsOf(key, 'xAt(at)') : 'Value(0.0)'};
  mean = Value(0.0);
  squares = Value(0.0);
  count = Value(0.0);
${indented(key.useMean ? blocksAboutMean(key) : blocksAboutZero(key))}
}
${momentsOf}`;
}

/** The first element of each segment, for each of its lanes. */
function pivotsOf({ quads, pattern }: MomentsKey, value: string): string {
  if (!quads) return value;
  return `${value}.${{ one: 'xxxx', rows: 'xxzz', columns: 'xyxy', each: 'xyzw' }[pattern]}`;
}

/** A lane without an element takes the one of its neighbour, of the same segment, which then counts 0 there. */
function readWeighed(key: MomentsKey): string {
  if (!isMasked(key, key.pattern)) return 'Value value = xAt(at);\nValue weight = Value(1.0);';
  return `Value value = xAt(at);
Value weight = Value(1.0);
${whereEmpty(key, 'at', 'value.zw = value.xy;\nweight.zw = vec2(0.0);', 'value.yw = value.xz;\nweight.yw = vec2(0.0);')}`;
}

/** Texels whose mean is what the first block is compared with. */
const NEAR = 4;

function blocksAboutMean(key: MomentsKey): string {
  const near = `${readWeighed(key)}
if (turn == 0) near = value;
rise += (value - near) / ${NEAR}.0;
next();`;
  const sums = `Value sum = Value(0.0);
Value power = Value(0.0);
Value elements = Value(0.0);`;
  const add = `${readWeighed(key)}
Value difference = (value - near) * weight;
sum += difference / ${BLOCK}.0;
power += difference * difference;
elements += weight;`;
  // What is subtracted from an infinite sum of squares must be finite. `count` comes first: an infinity times 0 is no number.
  const merge = `Value scale = ${BLOCK}.0 / max(elements, 1.0);
Value share = elements / max(count + elements, 1.0);
Value delta = kept(near - pivot) + sum * scale - mean;
squares += max(power - min(sum * sum * scale * ${BLOCK}.0, 3e38), 0.0) + count * share * delta * delta;
mean += delta * share;
count += elements;
near = pivot + mean;`;
  return `Value near = Value(0.0);
Value rise = Value(0.0);
for (int turn = 0; turn < ${NEAR}; turn++) {
  if (begin + turn >= end) break;
${indented(near)}
}
near += rise;
start(cell, begin);
${eachTexel(key, sums, add, merge)}`;
}

function blocksAboutZero(key: MomentsKey): string {
  const sums = 'Value power = Value(0.0);';
  const add = `${readWeighed(key)}
power += value * value * weight;
count += weight;`;
  return eachTexel(key, sums, add, 'squares += power;');
}

/** `pivotOf`: the first element that a segment of a cell has in a texel. */
export function declarePivotOf(key: MomentsKey): string {
  return slotFunction('float pivotOf(Value value, int slot)', lanesOf(key, key.pattern), ([lane]) => `value${lane}`);
}

/** How `partials` holds the moments of a part: mean and deviation of two segments in a texel, or of one, with its count. */
export function partialsOfMoments(key: Omit<MomentsKey, 'x' | 'useMean'>): { hasCount: boolean; texels: number } {
  const hasCount = key.pattern === 'one' || isMasked(key, key.pattern);
  const segments = lanesOf(key, key.pattern).length;
  return { hasCount, texels: hasCount ? segments : segments / 2 };
}

/** The moments of each part, to be merged by `statisticsProgram`. */
export function momentsProgram(key: MomentsKey): Program {
  const { hasCount, texels } = partialsOfMoments(key);
  const output = hasCount
    ? 'vec4(meanAndDeviation(side), momentsOf(side).z, 0.0)'
    : 'vec4(meanAndDeviation(2 * side), meanAndDeviation(2 * side + 1))';
  return programOf(
    key,
    'packed',
    ['x'],
    [
      declareMoments(key),
      /* glsl */ `vec2 meanAndDeviation(int slot) {
  vec3 moments = momentsOf(slot);
  return vec2(moments.x, sqrt(moments.y / moments.z));
}`,
    ],
    ofPart(texels, 'measure(cell, begin, end);', output),
  );
}
