import { type Layout, type Shader, shaderOf } from './module.ts';

interface CastKey {
  readonly workgroup: number;
}

/** Writes the integers of one tensor as the floats of another. */
export function castShader({ workgroup }: CastKey): Shader {
  const layout: Layout = { regime: 'row', unit: 1, workgroup };
  return shaderOf(
    'cast',
    layout,
    [
      { name: 'integers', type: 'i32' },
      { name: 'floats', type: 'f32', writes: true },
    ],
    [],
    `
let at = group * ${workgroup} + thread;
if (at < uniforms.steps) {
  floats[at] = f32(integers[at]);
}`,
  );
}
