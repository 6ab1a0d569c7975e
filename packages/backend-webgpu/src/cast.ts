import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Partition } from './partition.ts';
import type { Dispatch } from './recording.ts';
import { type Layout, type Shader, shaderOf } from './shaders/module.ts';

/** The dispatch that writes the integers of one tensor as the floats of another. */
export function castOf(integers: TensorInfo, floats: TensorInfo, workgroup: number): Dispatch {
  const steps = integers.shape.reduce((size, extent) => size * extent, 1);
  const groups = Math.ceil(steps / workgroup);
  const layout: Layout = { regime: 'row', unit: 1, workgroup, sharing: 'alone' };
  const partition: Partition = { ...layout, groups, splits: 1, cells: 1, uniforms: { steps } };
  const shader = () => castShader(partition);
  return { name: 'cast', partition, flags: {}, shader, tensors: { integers, floats }, uniforms: {} };
}

function castShader(partition: Partition): Shader {
  return shaderOf(
    partition,
    [
      { name: 'integers', type: 'i32' },
      { name: 'floats', type: 'f32', writes: true },
    ],
    [],
    `
let at = group * ${partition.workgroup} + thread;
if (at < uniforms.steps) {
  floats[at] = f32(integers[at]);
}`,
  );
}
