import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Dispatch } from './recording.ts';
import { type Layout, type Shader, shaderOf } from './shaders/module.ts';
import type { Tiling } from './tiling.ts';

/** The dispatch that writes the integers of one tensor as the floats of another. */
export function castOf(integers: TensorInfo, floats: TensorInfo, workgroup: number): Dispatch {
  const steps = integers.shape.reduce((size, extent) => size * extent, 1);
  const groups = Math.ceil(steps / workgroup);
  const layout: Layout = { regime: 'row', unit: 1, workgroup, sharing: 'alone' };
  const tiling: Tiling = { ...layout, groups, splits: 1, cells: 1, call: { steps } };
  const shader = () => castShader(tiling);
  return { name: 'cast', tiling, flags: {}, shader, tensors: { integers, floats }, call: {} };
}

function castShader(tiling: Tiling): Shader {
  return shaderOf(
    tiling,
    [
      { name: 'integers', type: 'i32' },
      { name: 'floats', type: 'f32', writes: true },
    ],
    [],
    `
let at = group * ${tiling.workgroup} + thread;
if (at < call.steps) {
  floats[at] = f32(integers[at]);
}`,
  );
}
