import type { Prepared } from '../../contenders.ts';
import { timedPass } from './timed-pass.ts';
import { workDone } from './work-done.ts';

const WORKGROUP = 256;

const CODE = `
@group(0) @binding(0) var<storage, read> source: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> copy: array<vec4f>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let at = id.y * groups.x * ${WORKGROUP} + id.x;
  if (at < arrayLength(&source)) { copy[at] = source[at]; }
}`;

/** The floor on WebGPU: a kernel that copies as many floats between two buffers of its own. */
export function prepareCopy(device: GPUDevice, floats: number, hasTimestamps: boolean): Prepared {
  const size = 16 * Math.ceil(floats / 4);
  const buffer = () => device.createBuffer({ size, usage: GPUBufferUsage.STORAGE });
  const [source, copy] = [buffer(), buffer()];
  const dispatch = copyOf(device, source, copy);
  // As TensorFlow.js does: many dispatches in one pass, which is submitted when there is something to wait for.
  let encoder: GPUCommandEncoder | undefined;
  let pass: GPUComputePassEncoder | undefined;
  return {
    enter: async () => {},
    run: () => {
      encoder ??= device.createCommandEncoder();
      pass ??= encoder.beginComputePass();
      dispatch(pass);
    },
    finish: async () => {
      pass?.end();
      if (encoder) device.queue.submit([encoder.finish()]);
      [encoder, pass] = [undefined, undefined];
      await workDone(device);
    },
    gpuTime: hasTimestamps ? () => timedPass(device, dispatch) : undefined,
    dispose: () => {
      for (const buffer of [source, copy]) buffer.destroy();
    },
  };
}

/** Dispatches a copy of a buffer into another, four floats at once. */
export function copyOf(device: GPUDevice, source: GPUBuffer, copy: GPUBuffer): (pass: GPUComputePassEncoder) => void {
  const module = device.createShaderModule({ code: CODE });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
  const entries = [source, copy].map((buffer, binding) => ({ binding, resource: { buffer } }));
  const bindGroup = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const groups = Math.ceil(source.size / 16 / WORKGROUP);
  const width = Math.min(groups, device.limits.maxComputeWorkgroupsPerDimension);
  return (pass) => {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(width, Math.ceil(groups / width));
  };
}
