import type { Format, TensorName } from '../draws.ts';
import type { Pattern } from '../grid.ts';
import type { Base } from './text.ts';

/*
 * How programs read tensors, each from the texture that it lies in, packed or not. `xTexture` is what a program knows of
 * the texture of x: its width and height in texels, the texel of the first element, and the columns of a matrix.
 */

/** `xAt`: a texel of x, or of a tensor of its shape. Lanes that have no element may be anything. */
export function declareTexels({ quads }: Base, name: TensorName, format: Format): string {
  const head = `Value ${name}At(int texel) {`;
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

/** `statsAt`: two neighbours of rows 2 r and 2 r + 1 of a matrix; the second may be beyond its end. */
export function declareMatrix(name: TensorName, format: Format): string {
  const head = `vec4 ${name}At(int rows, int column) {`;
  if (format === 'packed') {
    return /* glsl */ `${head}
  int texel = rows * ((${name}Texture.w + 1) / 2) + column / 2;
  vec4 quad = texelOf(${name}, ${name}Texture.xy, texel);
  if (imod(column, 2) == 0) return quad;
  vec4 next = texelOf(${name}, ${name}Texture.xy, texel + 1);
  return vec4(quad.y, next.x, quad.w, next.z);
}`;
  }
  const element = (step: string) => `texelOf(${name}, ${name}Texture.xy, first${step}).r`;
  return /* glsl */ `${head}
  int first = ${name}Texture.z + 2 * rows * ${name}Texture.w + column;
  return vec4(${['', ' + 1', ` + ${name}Texture.w`, ` + ${name}Texture.w + 1`].map(element).join(', ')});
}`;
}

/** `gammaAt`: what the lanes of a texel have of a vector, by the segment of its first element. */
export function declareVector(base: Base, name: TensorName, format: Format, pattern: Pattern): string {
  const pairs = `${name}Pair`;
  const element = (index: string) => `texelOf(${name}, ${name}Texture.xy, ${index} + ${name}Texture.z).r`;
  const pair =
    format === 'unpacked'
      ? `vec2 ${pairs}(int index) {\n  return vec2(${element('index')}, ${element('index + 1')});\n}`
      : /* glsl */ `vec2 ${pairs}(int index) {
  vec4 quad = texelOf(${name}, ${name}Texture.xy, index / 2);
  if (imod(index, 2) == 0) return quad.xy;
  return vec2(quad.y, texelOf(${name}, ${name}Texture.xy, index / 2 + 1).x);
}`;
  const next = pattern === 'each' ? `\n  vec2 below = ${pairs}(segment + affineBelow);` : '';
  return `${pair}
Value ${name}At(int segment) {
  vec2 pair = ${pairs}(segment);${next}
  return ${spread(base, pattern, 'pair', 'below')};
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
