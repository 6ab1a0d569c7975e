/*
 * What a shader is told of one call: numbers in a uniform buffer, so that a pipeline fits every shape. Names say what
 * they hold; "unit" is what a thread reads at once, one float or four.
 */

/** The fields of the uniform buffer, in order. All are u32 but epsilon. */
export const FIELDS = [
  // The view of the statistics: rows of inner · run elements, and how many sets of statistics there are.
  'statsRows',
  'statsInner',
  'statsRun',
  'segments',
  /** Elements of one set of statistics. */
  'segmentSize',
  // The view of gamma and beta.
  'affineRows',
  'affineInner',
  'affineRun',
  'parameters',
  // The domain: how many segments or blocks, of so many rows, of so many units.
  'outer',
  'rows',
  'inner',
  'run',
  // How the domain is divided over workgroups and their threads.
  'teams',
  'members',
  'splits',
  'chunk',
  'steps',
  'tiles',
  'tileSegments',
  // Partial results that earlier dispatches left: for each part, one for each cell.
  'cells',
  'cellsPerSegment',
  'partialsPerCell',
  // And those that become dgamma and dbeta, in the workgroups after those of the domain.
  'dxGroups',
  'affineTeams',
  'affineMembers',
  'affineCells',
  'affinePartialsPerCell',
  'affineOffset',
  /** Always 0, which no compiler knows. */
  'zero',
  'epsilon',
] as const;

export type Field = (typeof FIELDS)[number];

/** Values of the fields; those that a shader does not read may be left out. */
export type Uniforms = Readonly<Partial<Record<Field, number>>>;

/** The declaration of the uniform buffer. */
export function declareUniforms(): string {
  const fields = FIELDS.map((field) => `  ${field}: ${field === 'epsilon' ? 'f32' : 'u32'},`);
  return `struct Uniforms {\n${fields.join('\n')}\n}\n@group(0) @binding(0) var<uniform> uniforms: Uniforms;`;
}
