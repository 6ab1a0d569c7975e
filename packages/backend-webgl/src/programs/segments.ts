import type { Cells, Digits } from '../grid.ts';
import { type Base, indented } from './text.ts';

/** What the text that finds a segment depends on: the digits that it has of each index. */
export type Shares = { readonly [Name in keyof Cells['shares']]: Digits };

export function sharesOf({ shares: { batch, rows, columns } }: Cells): Shares {
  return { batch: batch.digits, rows: rows.digits, columns: columns.digits };
}

/** `statsSegment`, or `affineSegment`: the segment of the first element of a texel. */
export function declareSegment(base: Base, name: 'stats' | 'affine', shares: Shares): string {
  const body = base.quads
    ? ofQuad(base, name, shares)
    : [`return ${digitsOf(shares.batch, `${name}OfBatch`, 'texel')};`];
  return `int ${name}Segment(int texel) {\n${indented(body.join('\n'))}\n}`;
}

/** As few divisions as will do: they and the reads of textures are what a program takes its time for. */
function ofQuad({ odd }: Base, name: 'stats' | 'affine', { batch, rows, columns }: Shares): string[] {
  const [ofBatch, ofRow, ofColumn] = [
    digitsOf(batch, `${name}OfBatch`, 'batch'),
    digitsOf(rows, `${name}OfRow`, 'row'),
    digitsOf(columns, `${name}OfColumn`, 'column'),
  ];
  if (rows === 'none' && columns === 'none') {
    return batch === 'none' ? ['return 0;'] : ['int batch = texel / (plane.z * plane.w);', `return ${ofBatch};`];
  }
  const lines = ['int line = texel / plane.w;'];
  if (columns !== 'none') lines.push('int column = 2 * (texel - line * plane.w);');
  const areLines = batch === 'all' && rows === 'all' && !odd.rows;
  if (!areLines && (batch !== 'none' || rows !== 'none')) {
    lines.push('int batch = line / plane.z;');
    if (rows !== 'none') lines.push('int row = 2 * (line - batch * plane.z);');
  }
  const high = areLines ? '2 * line' : joined(ofBatch, rows === 'none' ? '' : `${name}Kept.x`, ofRow);
  return [...lines, `return ${joined(high, columns === 'none' ? '' : `${name}Kept.y`, ofColumn)};`];
}

/** high · extent + low, of which each may be nothing. */
function joined(high: string, extent: string, low: string): string {
  if (high === '0') return low;
  const scaled = extent === '' ? high : `(${high}) * ${extent}`;
  return low === '0' ? scaled : `${scaled} + ${low}`;
}

function digitsOf(digits: Digits, numbers: string, index: string): string {
  return {
    none: '0',
    all: index,
    high: `${index} / ${numbers}.z`,
    low: `imod(${index}, ${numbers}.y)`,
    mixed: `${index} / ${numbers}.x * ${numbers}.y + imod(${index} / ${numbers}.z, ${numbers}.y)`,
  }[digits];
}
