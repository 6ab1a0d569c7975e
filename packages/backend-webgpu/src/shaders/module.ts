import { declareUniforms } from './uniforms.ts';

/** How the elements of a segment lie: one run; runs with others between them; columns of a matrix. */
export type Regime = 'row' | 'blocked' | 'column';

/** What every shader's text depends on. */
export interface Layout {
  readonly regime: Regime;
  /** Floats that a thread reads at once; four where the extents are multiples of four. */
  readonly unit: 1 | 4;
  /** Threads of a workgroup. */
  readonly workgroup: number;
  readonly sharing: Sharing;
}

/** How the threads of a part add up what they have. */
export type Sharing =
  /** There is one, which waits for no other: an adapter in software takes the more time the more barriers it sees. */
  | 'alone'
  /** A team, in shared memory. */
  | 'team'
  /** A whole workgroup, its subgroups first. */
  | 'subgroups';

/** A tensor of a shader. */
export interface Binding {
  readonly name: string;
  readonly type: 'f32' | 'i32' | 'Unit' | 'vec2f' | 'vec4f';
  readonly writes?: boolean;
}

/** A shader's text, and the tensors that it is bound to, in order. */
export interface Shader {
  readonly code: string;
  readonly tensors: readonly string[];
}

/** Which of how many subgroups a thread is in. */
const SUBGROUPS = `
  @builtin(subgroup_id) subgroup: u32,
  @builtin(num_subgroups) subgroups: u32,`;

export function shaderOf(
  { unit, workgroup, sharing }: Layout,
  bindings: readonly Binding[],
  declarations: readonly string[],
  body: string,
): Shader {
  const tensors = bindings.map(
    ({ name, type, writes }, index) =>
      `@group(0) @binding(${index + 1}) var<storage, ${writes ? 'read_write' : 'read'}> ${name}: array<${type}>;`,
  );
  const code = [
    sharing === 'subgroups' ? 'enable subgroups;' : '',
    `alias Unit = ${unit === 4 ? 'vec4f' : 'f32'};`,
    declareUniforms(),
    ...tensors,
    ...declarations,
    /* wgsl */ `
@compute @workgroup_size(${workgroup})
fn main(
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) extent: vec3u,
  @builtin(local_invocation_index) thread: u32,${sharing === 'subgroups' ? SUBGROUPS : ''}
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

/** Without the blank lines that pieces of text leave where they are empty. */
function tidied(text: string): string {
  return `${text.replace(/\n\s*\n/g, '\n').trim()}\n`;
}
