/*
 * The numbers that a dispatch gives to its shader, in a uniform buffer, so that one pipeline fits every shape. A "unit"
 * is what a thread reads at once: one float, or four.
 */

/** The domain: so many segments or blocks, of so many rows, of so many units. And its partition over teams of threads. */
const PART = ['outer', 'rows', 'inner', 'run', 'teams', 'members', 'splits', 'chunk', 'steps'] as const;

/** The same where the domain may be one of columns: and how many tiles of columns a block has. */
const ANY_PART = [...PART, 'tiles'] as const;

/** The view of gamma and beta, and how many of each there are. */
const AFFINE = ['affineRows', 'affineInner', 'affineRun', 'parameters'] as const;

/** Which partials are merged into the statistics, or into the means of g and of g · n. */
const MERGE = ['segmentSize', 'cells', 'cellsPerSegment', 'partialsPerCell'] as const;

/** A tile of columns, whose segments are merged in the workgroup's memory. */
const TILE = ['statsInner', 'statsRun', 'tileSegments'] as const;

/** Which partials are merged into dgamma and dbeta, in the workgroups after the first `dxGroups`. */
const AFFINE_MERGE = [
  'dxGroups',
  'affineTeams',
  'affineMembers',
  'affineCells',
  'affinePartialsPerCell',
  'affineOffset',
] as const;

/**
 * The uniforms of each kind of shader, in the order of its buffer. A text that reads another one does not compile, and
 * a dispatch that lacks one is a type error. All are u32 but epsilon. `zero` is always 0, which no compiler knows.
 */
export const UNIFORMS = {
  forward: [...PART, ...AFFINE, 'segments', 'epsilon', 'zero'],
  moments: [...ANY_PART, 'cells', 'zero'],
  normalize: [...ANY_PART, ...AFFINE, ...MERGE, ...TILE, 'segments', 'epsilon', 'zero'],
  apply: [...ANY_PART, ...AFFINE, 'statsRun', 'segments', 'epsilon', 'zero'],
  sums: [
    ...ANY_PART,
    ...AFFINE,
    'statsRows',
    'statsInner',
    'statsRun',
    'segments',
    'cells',
    'cellsPerSegment',
    // Where this dispatch's partials begin.
    'affineOffset',
    'epsilon',
    'zero',
  ],
  rows: [...PART, ...AFFINE, 'segments', 'segmentSize', 'zero'],
  affine: [...AFFINE_MERGE, 'parameters'],
  finish: [...ANY_PART, ...AFFINE, ...MERGE, ...TILE, ...AFFINE_MERGE, 'segments', 'zero'],
  'finish frozen': [...ANY_PART, ...AFFINE, ...AFFINE_MERGE, 'statsRun', 'segments', 'epsilon'],
  cast: ['steps'],
} as const satisfies Record<string, readonly string[]>;

/** What a shader does. */
export type Kind = keyof typeof UNIFORMS;

/** The values of a kind's uniforms, all of them. */
export type Uniforms<K extends Kind = Kind> = Readonly<Record<(typeof UNIFORMS)[K][number], number>>;

/** What shaders are told of the partition of their domain. */
export type PartUniforms = Readonly<Record<(typeof ANY_PART)[number] | 'tileSegments', number>>;

/** The WGSL type of a uniform. */
export function uniformType(name: string): 'f32' | 'u32' {
  return name === 'epsilon' ? 'f32' : 'u32';
}

/** The declaration of a kind's uniform buffer. */
export function declareUniforms(kind: Kind): string {
  const members = UNIFORMS[kind].map((name) => `  ${name}: ${uniformType(name)},`);
  return `struct Uniforms {\n${members.join('\n')}\n}\n@group(0) @binding(0) var<uniform> uniforms: Uniforms;`;
}
