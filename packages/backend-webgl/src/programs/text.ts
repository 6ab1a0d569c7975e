import type { Format, TensorName } from '../draws.ts';
import { type UniformName, uniformsIn } from './uniforms.ts';

/** What the texts of all programs depend on. */
export interface Base {
  /** The version of WebGL: 1 has no integers of 32 bits, no bits of floats, and no loops that end at a variable. */
  readonly webgl: 1 | 2;
  /** Whether the texels of x are quads; otherwise they are elements. */
  readonly quads: boolean;
  /** Whether the last row and the last column of quads are half empty. */
  readonly odd: { readonly rows: boolean; readonly columns: boolean };
}

/** The text of a program, and the tensors and uniforms that it reads. */
export interface Program {
  readonly code: string;
  readonly tensors: readonly TensorName[];
  readonly uniforms: readonly UniformName[];
}

/**
 * What TensorFlow.js's own prefix lacks. `Value` is a texel of x; texels of a texture are numbered by rows; `kept` is its
 * argument.
 */
function prefix({ webgl, quads }: Base, output: Format): string {
  const size = `vec2(outTexShape.yx)${output === 'packed' ? ' / 2.0' : ''}`;
  // WebGL 1 has gl_FragCoord in medium precision.
  const place = webgl === 2 ? 'gl_FragCoord.xy' : `resultUV * ${size}`;
  // Drivers may otherwise turn (x − a) − b into x − (a + b), which loses what float32 leaves out of a.
  const kept = `#define kept(v) ${webgl === 2 ? 'intBitsToFloat(floatBitsToInt(v) | zero)' : '(v)'}`;
  const fetch = webgl === 2 ? 'texelFetch(source, place, 0)' : 'texture2D(source, (vec2(place) + 0.5) / vec2(size))';
  return /* glsl */ `
#define Value ${quads ? 'vec4' : 'float'}
ivec2 placeOf(ivec2 size, int texel) {
  int row = texel / size.x;
  return ivec2(texel - row * size.x, row);
}
vec4 texelAt(sampler2D source, ivec2 size, ivec2 place) {
  return ${fetch};
}
vec4 texelOf(sampler2D source, ivec2 size, int texel) {
  return texelAt(source, size, placeOf(size, texel));
}
/** Where the texel is that is drawn. */
ivec2 placeDrawn() {
  return ivec2(${place});
}
/** The texel that is drawn. */
int texelDrawn() {
  ivec2 place = placeDrawn();
  return place.y * ${output === 'packed' ? '(outTexShape.y / 2)' : 'outTexShape.y'} + place.x;
}
/** The first element of a texel of x, as the buffer has it. */
int elementOf(int texel) {${
    quads
      ? `
  int row = texel / plane.w;
  int batch = row / plane.z;
  return (batch * plane.x + 2 * (row - batch * plane.z)) * plane.y + 2 * (texel - row * plane.w);`
      : `
  return texel;`
  }
}
${kept}`;
}

/** A program: what it declares, and the body of \`main\`. */
export function programOf(
  base: Base,
  output: Format,
  tensors: readonly TensorName[],
  declarations: readonly string[],
  body: string,
): Program {
  const main = `void main() {\n${indented(body)}\n}`;
  const code = tidied([prefix(base, output), ...declarations, main].join('\n'));
  return { code, tensors, uniforms: uniformsIn(code) };
}

/** How often a loop runs: \`count\` is an expression, and \`most\` what it never exceeds, which WebGL 1 must know. */
interface Turns {
  readonly index: string;
  readonly count: string;
  readonly most: number;
}

export function loop({ webgl }: Base, { index, count, most }: Turns, body: string): string {
  const end = webgl === 2 ? '' : `\n  if (${index} >= ${count}) break;`;
  return `for (int ${index} = 0; ${index} < ${webgl === 2 ? count : most}; ${index}++) {${end}\n${indented(body)}\n}`;
}

export function indented(text: string): string {
  return text.trim().replace(/^(?=.)/gm, '  ');
}

/** Pieces of text that are empty leave blank lines: without them. */
function tidied(text: string): string {
  return `${text.replace(/\n\s*\n/g, '\n').trim()}\n`;
}
