/*
 * The numbers that a draw gives to its program, so that one program fits every shape. They are ints but for those whose
 * name stands in `FLOATS`.
 */

const FLOATS = ['epsilon', 'segmentSize', 'sumScale'] as const;

/** The uniforms of programs, and how many numbers each has. */
const UNIFORMS = {
  /** Rows and columns of the last two axes of x, in elements and in texels. */
  plane: 4,
  /** How the index of a segment follows from those of the plane, its rows and its columns: the numbers of a `Share`. */
  statsOfBatch: 3,
  statsOfRow: 3,
  statsOfColumn: 3,
  affineOfBatch: 3,
  affineOfRow: 3,
  affineOfColumn: 3,
  /** Segments along rows and columns. */
  statsKept: 2,
  affineKept: 2,
  /** The view of the texels that the draw reduces, or whose reductions it merges. */
  cellView: 4,
  /** Segments along rows and columns, and cells along them. */
  cellPlane: 4,
  /** How many cells, texels of each cell, texels of a part, and parts of each cell. */
  cellCount: 1,
  cellTexels: 1,
  partTexels: 1,
  parts: 1,
  /** How many segments the draw makes results of. */
  segments: 1,
  /** Elements of a segment of the statistics. */
  segmentSize: 1,
  epsilon: 1,
  /** What sums are multiplied with: sums of parts are kept as means, so that half floats can hold them. */
  sumScale: 1,
  /** 0, which no compiler knows. */
  zero: 1,
} as const;

export type UniformName = keyof typeof UNIFORMS;
export type UniformType = 'int' | 'float' | 'ivec2' | 'ivec3' | 'ivec4';

/** Values of uniforms, those that there are. */
export type Uniforms = Readonly<Partial<Record<UniformName, number | readonly number[]>>>;

/** The uniforms that a text reads. */
export function uniformsIn(text: string): UniformName[] {
  return (Object.keys(UNIFORMS) as UniformName[]).filter((name) => new RegExp(`\\b${name}\\b`).test(text));
}

export function uniformType(name: UniformName): UniformType {
  if ((FLOATS as readonly string[]).includes(name)) return 'float';
  const count = UNIFORMS[name];
  return count === 1 ? 'int' : `ivec${count}`;
}
