/*
 * Where the parts of cells have what they made: texels of `partials`, one part of all cells after the other.
 */

/** The body of a program of which each part has so many texels: `body` reduces a part, of which `side` is drawn. */
export function ofPart(texels: number, body: string, output: string): string {
  return /* glsl */ `int drawn = texelDrawn();
int side = imod(drawn, ${texels});
int part = drawn / ${texels} / cellCount;
if (part >= parts) return;
int cell = drawn / ${texels} - part * cellCount;
int begin = part * partTexels;
int end = begin + partTexels < cellTexels ? begin + partTexels : cellTexels;
${body}
setOutput(${output});`;
}

/** A loop over the parts of a cell. Of 2 ** 28 texels there are so many. */
export const PARTS = { index: 'part', count: 'parts', most: 16384 } as const;

/** The texel of `partials` that has a segment (`place`: its cell, and its number there) of a part. */
export function partialOf(texels: number, perTexel: number): string {
  const side = perTexel === 1 ? 'place.y' : 'place.y / 2';
  return `texelOf(partials, partialsTexture.xy, (part * cellCount + place.x) * ${texels} + ${side})`;
}
