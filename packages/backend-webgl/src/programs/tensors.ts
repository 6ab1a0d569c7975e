import type { Format, MatrixFormat, TensorName } from '../draws.ts';
import type { Lanes, Pairs, Pattern } from '../grid.ts';
import { type Base, indented } from './text.ts';

/*
 * How programs read tensors, each from the texture that it lies in, packed or not. `xTexture` is what a program knows of
 * the texture of x: its width and height in texels, the texel of the first element, and the columns of a matrix.
 */

/**
 * How a tensor of the shape of x is read: by its format; where the texel is that is drawn, if they lie alike; or dy where
 * x was read before, if these two do.
 */
export type Reading = Format | 'in place' | 'beside x';

/** `xAt`: a texel of x, or of a tensor of its shape. Lanes that have no element may be anything. */
export function declareTexels({ quads }: Base, name: TensorName, format: Reading): string {
  const head = `Value ${name}At(int texel) {`;
  const channels = quads ? '' : '.r';
  if (format === 'in place')
    return `${head}\n  return texelAt(${name}, ${name}Texture.xy, placeDrawn())${channels};\n}`;
  if (format === 'beside x') return `${head}\n  return texelAt(${name}, ${name}Texture.xy, placeOfX)${channels};\n}`;
  const element = (index: string) => `texelOf(${name}, ${name}Texture.xy, ${index} + ${name}Texture.z).r`;
  if (quads && format === 'packed') return `${head}\n  return texelOf(${name}, ${name}Texture.xy, texel);\n}`;
  if (quads) {
    const lanes = ['', ' + 1', ' + plane.y', ' + plane.y + 1'].map((step) => element(`first${step}`));
    return `${head}\n  int first = elementOf(texel);\n  return vec4(${lanes.join(', ')});\n}`;
  }
  if (format === 'unpacked') return `${head}\n  return ${element('texel')};\n}`;
  return /* glsl */ `${head}
  int row = texel / plane.y;
  int column = texel - row * plane.y;
  int batch = row / plane.x;
  int rowOfPlane = row - batch * plane.x;
  vec4 quad = texelOf(${name}, ${name}Texture.xy, (batch * plane.z + rowOfPlane / 2) * plane.w + column / 2);
  vec2 pair = imod(rowOfPlane, 2) == 0 ? quad.xy : quad.zw;
  return imod(column, 2) == 0 ? pair.x : pair.y;
}`;
}

/** `xAt` and `dyAt`, for programs that read both of each texel, first x. */
export function declareBoth(base: Base, x: Format, dy: Format, alike: boolean): string {
  const isOneTexel = base.quads ? x === 'packed' : x === 'unpacked';
  if (!alike || !isOneTexel) return `${declareTexels(base, 'x', x)}\n${declareTexels(base, 'dy', dy)}`;
  return `ivec2 placeOfX;
Value xAt(int texel) {
  placeOfX = placeOf(xTexture.xy, texel);
  return texelAt(x, xTexture.xy, placeOfX)${base.quads ? '' : '.r'};
}
${declareTexels(base, 'dy', 'beside x')}`;
}

/** How a program reads a matrix. */
interface Reads {
  readonly rows: 1 | 2;
  readonly pairs: Pairs;
}

/**
 * `statsAt`: two neighbouring columns, of rows 2 r and 2 r + 1 of a matrix, or of a vector. No branches: in software they
 * take longer than a read.
 */
export function declareMatrix(name: TensorName, format: MatrixFormat, { rows, pairs }: Reads): string {
  const isPacked = format.startsWith('packed');
  const texel = format.endsWith('by rows') ? texelByRows(name) : texelByNumber(name, isPacked);
  const lines = isPacked ? packedPair(texel, pairs, rows) : unpackedPair(texel, pairs, rows);
  return `vec4 ${name}At(${rows === 1 ? '' : 'int rows, '}int column) {\n${indented(lines.join('\n'))}\n}`;
}

/** The read of a texel, from its row of texels and its place in there. */
type Texel = (row: string, column: string) => string;

function texelByRows(name: TensorName): Texel {
  return (row, column) => `texelAt(${name}, ${name}Texture.xy, ivec2(${column}, ${row}))`;
}

function texelByNumber(name: TensorName, isPacked: boolean): Texel {
  const width = isPacked ? `((${name}Texture.w + 1) / 2)` : `${name}Texture.w`;
  const first = isPacked ? '' : `${name}Texture.z + `;
  return (row, column) =>
    `texelOf(${name}, ${name}Texture.xy, ${first}${row === '0' ? '' : `(${row}) * ${width} + `}${column})`;
}

function packedPair(texel: Texel, pairs: Pairs, rows: 1 | 2): string[] {
  const row = rows === 1 ? '0' : 'rows';
  const isFirst = 'imod(column, 2) == 0';
  const lines = [`vec4 quad = ${texel(row, 'column / 2')};`];
  if (pairs === 'aligned') return [...lines, 'return quad;'];
  if (pairs === 'single') return [...lines, `return ${isFirst} ? quad : quad.yyww;`];
  return [
    ...lines,
    `vec4 next = ${texel(row, 'column / 2 + 1')};`,
    `return ${isFirst} ? quad : vec4(quad.y, next.x, quad.w, next.z);`,
  ];
}

function unpackedPair(texel: Texel, pairs: Pairs, rows: 1 | 2): string[] {
  const pair = (row: string) => {
    const one = `${texel(row, 'column')}.r`;
    return pairs === 'single' ? `vec2(${one})` : `vec2(${one}, ${texel(row, 'column + 1')}.r)`;
  };
  return rows === 1 ? [`return ${pair('0')}.xyxy;`] : [`return vec4(${pair('2 * rows')}, ${pair('2 * rows + 1')});`];
}

/** `gammaOf`: what the lanes of a texel have of a vector, by the segment of its first element. */
export function declareVector(base: Base, name: TensorName, format: MatrixFormat, lanes: Lanes): string {
  const below = lanes.pattern === 'each' ? `\n  vec2 below = ${name}At(segment + affineKept.y).xy;` : '';
  return `${declareMatrix(name, format, { rows: 1, pairs: lanes.pairs })}
Value ${name}Of(int segment) {
  vec2 pair = ${name}At(segment).xy;${below}
  return ${spread(base, lanes.pattern, 'pair', 'below')};
}`;
}

/** A value of each lane, from those of two neighbouring segments, and of the two of the row below. */
export function spread({ quads }: Base, pattern: Pattern, pair: string, below: string): string {
  if (!quads) return `${pair}.x`;
  return {
    one: `${pair}.xxxx`,
    rows: `${pair}.xxyy`,
    columns: `${pair}.xyxy`,
    each: `vec4(${pair}, ${below})`,
  }[pattern];
}
