import { declareUniforms, type Kind } from './uniforms.ts';

/** How the elements of a segment lie: one run; runs with others between them; columns of a matrix. */
export type Regime = 'row' | 'blocked' | 'column';

/** How a shader goes over its domain. */
export interface Layout {
  readonly regime: Regime;
  /** Floats that a thread reads at once; four where the extents are multiples of four. */
  readonly unit: 1 | 4;
  /** Threads of a workgroup. */
  readonly workgroup: number;
}

/** The layout of a shader that sums over the parts of its domain. */
export interface SummingLayout extends Layout {
  readonly sharing: Sharing;
}

/** How the threads of a part add up what they have. */
export type Sharing =
  /** The part has one thread, which waits for no other. An adapter in software takes the longer the more barriers it meets. */
  | 'alone'
  /** A team, in shared memory. */
  | 'team'
  /** A whole workgroup, its subgroups first. */
  | 'subgroups';

/** The names that shaders have for tensors. */
export type TensorName =
  | 'x'
  | 'dy'
  | 'gamma'
  | 'beta'
  | 'stats'
  | 'y'
  | 'dx'
  | 'dgamma'
  | 'dbeta'
  | 'partials'
  | 'integers'
  | 'floats';

/** A tensor of a shader. */
export interface Binding {
  readonly name: TensorName;
  readonly type: 'f32' | 'i32' | 'Unit' | 'vec2f' | 'vec4f';
  readonly writes?: boolean;
}

/** A shader's text, and the tensors that are bound to it, in order. */
export interface Shader {
  readonly code: string;
  readonly tensors: readonly TensorName[];
}

/** The entry that each part leaves in `partials`: its moments (mean, its low float, squares, count), or two sums. */
export const PARTIALS = {
  moments: { type: 'vec4f', floats: 4 },
  sums: { type: 'vec2f', floats: 2 },
} as const;

/** The number of a thread's subgroup, and of how many. */
const SUBGROUPS = `
  @builtin(subgroup_id) subgroup: u32,
  @builtin(num_subgroups) subgroups: u32,`;

/** The text of a shader: its uniforms, its tensors, what it declares, and the body of `main`. */
export function shaderOf(
  kind: Kind,
  layout: Layout | SummingLayout,
  bindings: readonly Binding[],
  declarations: readonly string[],
  body: string,
): Shader {
  const { unit, workgroup } = layout;
  const hasSubgroups = 'sharing' in layout && layout.sharing === 'subgroups';
  const tensors = bindings.map(
    ({ name, type, writes }, index) =>
      `@group(0) @binding(${index + 1}) var<storage, ${writes ? 'read_write' : 'read'}> ${name}: array<${type}>;`,
  );
  const code = [
    hasSubgroups ? 'enable subgroups;' : '',
    `alias Unit = ${unit === 4 ? 'vec4f' : 'f32'};`,
    declareUniforms(kind),
    ...tensors,
    ...declarations,
    /* wgsl */ `
@compute @workgroup_size(${workgroup})
fn main(
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) extent: vec3u,
  @builtin(local_invocation_index) thread: u32,${hasSubgroups ? SUBGROUPS : ''}
) {
  let group = id.y * extent.x + id.x;
${indented(body)}
}`,
  ];
  return { code: tidied(code.join('\n')), tensors: bindings.map(({ name }) => name) };
}

/** A value of each float of a unit: `expression` of the place in it. */
export function unitOf({ unit }: Layout, expression: (place: number) => string): string {
  return unit === 4 ? `vec4f(${[0, 1, 2, 3].map(expression).join(', ')})` : expression(0);
}

function indented(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');
}

/** Pieces of text that are empty leave blank lines: without them. */
function tidied(text: string): string {
  return `${text.replace(/\n\s*\n/g, '\n').trim()}\n`;
}
