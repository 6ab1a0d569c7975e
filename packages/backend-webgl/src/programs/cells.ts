import { BLOCK, keeps, type Pattern } from '../grid.ts';
import { type Base, indented, loop } from './text.ts';

/*
 * The texels of a cell, and what its segments have of each lane.
 */

const LANES: Readonly<Record<Pattern, readonly (readonly string[])[]>> = {
  one: [['x', 'y', 'z', 'w']],
  rows: [
    ['x', 'y'],
    ['z', 'w'],
  ],
  columns: [
    ['x', 'z'],
    ['y', 'w'],
  ],
  each: [['x'], ['y'], ['z'], ['w']],
};

/** The lanes of each segment of a cell: what follows the name of a `Value`. */
export function lanesOf({ quads }: Base, pattern: Pattern): readonly (readonly string[])[] {
  return quads ? LANES[pattern].map((lanes) => lanes.map((lane) => `.${lane}`)) : [['']];
}

/** A function of the number of a segment in its cell: `expression` of its lanes. */
export function slotFunction(
  head: string,
  slots: readonly (readonly string[])[],
  expression: (lanes: readonly string[]) => string,
): string {
  const cases = slots.map((lanes, slot) => `if (slot == ${slot}) return ${expression(lanes)};`);
  const last = `return ${expression(slots.at(-1) ?? [])};`;
  return `${head} {\n${indented([...cases.slice(0, -1), last].join('\n'))}\n}`;
}

/** `start` and `next` go through the texels of a cell: `at` is the one that they have come to. */
export const walk = /* glsl */ `
int at;
int leftOfRun;
void start(int cell, int texel) {
  int row = texel / cellView.w;
  int column = texel - row * cellView.w;
  int block = cell / cellView.z;
  at = ((block * cellView.y + row) * cellView.z + cell - block * cellView.z) * cellView.w + column;
  leftOfRun = cellView.w - column;
}
void next() {
  int ended = leftOfRun == 1 ? 1 : 0;
  at += 1 + ended * (cellView.z - 1) * cellView.w;
  leftOfRun += ended * cellView.w - 1;
}`;

/** `slotOf`: the cell of a segment, and its number in there. */
export function declareSlotOf({ quads }: Base, pattern: Pattern): string {
  if (!quads) return 'ivec2 slotOf(int segment) {\n  return ivec2(segment, 0);\n}';
  const { rows, columns } = keeps[pattern];
  const slot = [...(rows ? [`${columns ? '2 * ' : ''}imod(row, 2)`] : []), ...(columns ? ['imod(column, 2)'] : [])];
  return /* glsl */ `ivec2 slotOf(int segment) {
  int line = segment / cellPlane.y;
  int column = segment - line * cellPlane.y;
  int batch = line / cellPlane.x;
  int row = line - batch * cellPlane.x;
  int cell = (batch * cellPlane.z + row${rows ? ' / 2' : ''}) * cellPlane.w + column${columns ? ' / 2' : ''};
  return ivec2(cell, ${slot.join(' + ') || '0'});
}`;
}

/** A loop over the texels of a part, in blocks. */
export function eachTexel(base: Base, before: string, body: string, after: string): string {
  const inner = /* glsl */ `for (int turn = 0; turn < ${BLOCK}; turn++) {
  if (begin + ${BLOCK} * block + turn >= end) break;
${indented(body)}
  next();
}`;
  const blocks = { index: 'block', count: `(end - begin + ${BLOCK - 1}) / ${BLOCK}`, most: 1024 };
  return loop(base, blocks, [before, inner, after].join('\n'));
}

/** Whether lanes that a cell reduces over may have no element. */
export function isMasked({ quads, odd }: Base, pattern: Pattern): boolean {
  const { rows, columns } = keeps[pattern];
  return quads && ((odd.rows && !rows) || (odd.columns && !columns));
}

/** Text for lanes that have no element, at a texel: of the last row, and of the last column. */
export function whereEmpty({ quads, odd }: Base, texel: string, lastRow: string, lastColumn: string): string {
  if (!quads || !(odd.rows || odd.columns)) return '';
  const rows = odd.rows ? `if (imod(row, plane.z) == plane.z - 1) {\n${indented(lastRow)}\n}` : '';
  const columns = odd.columns ? `if (${texel} - row * plane.w == plane.w - 1) {\n${indented(lastColumn)}\n}` : '';
  return `int row = ${texel} / plane.w;\n${rows}\n${columns}`;
}
