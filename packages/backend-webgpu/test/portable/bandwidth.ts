import { batchNorm, groupNorm, layerNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { webgpu } from '../open-webgpu.ts';

/*
 * Each regime against a copy of the same bytes on the same device: what a kernel that reads x once and writes y once
 * could reach at most.
 */

type Norm = (x: tf.Tensor, gamma: tf.Tensor) => tf.Tensor;

/** Of so many megabytes: what a transformer and a CNN have, and one row. */
const cases = (megabytes: number): readonly (readonly [string, number[], Norm])[] => {
  const floats = (megabytes * 2 ** 20) / 4;
  return [
    ['layer norm, rows of 1024', [floats / 1024, 1024], (x, gamma) => layerNorm(x, { gamma })],
    ['layer norm, one row', [1, floats], (x, gamma) => layerNorm(x, { gamma })],
    ['batch norm, NHWC, 64 channels', [floats / 64, 64], (x, gamma) => batchNorm(x, { gamma })],
    ['group norm, NHWC, 32 groups of 8', [4, floats / 1024, 256], (x, gamma) => groupNorm(x, { gamma })],
    ['group norm, NCHW', [4, 256, floats / 1024], (x, gamma) => groupNorm(x, { gamma, axis: 1 })],
    ['batch norm, NCHW', [4, 256, floats / 1024], (x, gamma) => batchNorm(x, { gamma, axis: 1 })],
  ];
};

/** Prints the table. */
export async function measureBandwidth(megabytes: number): Promise<void> {
  const bytes = megabytes * 2 ** 20;
  console.info(`\n${megabytes} MiB of x on ${describeAdapter()}`);
  const copy = await timeCopy(bytes);
  const row = (name: string, milliseconds: number, moved: number) => {
    const speed = moved / milliseconds / 1e6;
    const share = (100 * speed) / ((2 * bytes) / copy / 1e6);
    console.info(
      `${name.padEnd(52)}${milliseconds.toFixed(3).padStart(10)} ms${speed.toFixed(1).padStart(9)} GB/s${share.toFixed(0).padStart(5)} %`,
    );
  };
  row('copy', copy, 2 * bytes);
  for (const [name, shape, norm] of cases(megabytes)) {
    const channels = shape[name.includes('NCHW') ? 1 : shape.length - 1] ?? 1;
    const [x, dy] = [spread(shape, 1), spread(shape, 2)];
    const gamma = tf.ones([channels]);
    const forward = await time(() => norm(x, gamma).dispose());
    const grads = tf.grads(norm as (...all: tf.Tensor[]) => tf.Tensor);
    const both = await time(() => tf.dispose(grads([x, gamma], dy)));
    row(`${name}, forward`, forward, 2 * bytes);
    row(`${name}, backward`, both - forward, 3 * bytes);
    tf.dispose([x, dy, gamma]);
  }
}

export function describeAdapter(): string {
  const { vendor, architecture, description } = webgpu().device.adapterInfo;
  return [vendor, architecture, description].filter(Boolean).join(' ');
}

/** Numbers without order, made on the device. */
function spread(shape: number[], seed: number): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tidy(() => tf.reshape(tf.sin(tf.mul(tf.range(0, size), 12.9 + seed)), shape));
}

/** The least milliseconds of one call, among rounds of several that are waited for together. */
async function time(run: () => void): Promise<number> {
  const { queue } = webgpu().device;
  const flush = async () => {
    if (webgpu().commandEncoder) {
      webgpu().endComputePassEncoder();
      webgpu().submitQueue();
    }
    await queue.onSubmittedWorkDone();
  };
  run();
  await flush();
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let call = 0; call < 10; call++) run();
    await flush();
    least = Math.min(least, (performance.now() - start) / 10);
  }
  return least;
}

async function timeCopy(bytes: number): Promise<number> {
  const { device } = webgpu();
  const code = `
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) extent: vec3u) {
  let at = id.y * extent.x * 256 + id.x;
  if (at < arrayLength(&x)) { y[at] = x[at]; }
}`;
  const compute = { module: device.createShaderModule({ code }) };
  const pipeline = device.createComputePipeline({ layout: 'auto', compute });
  const buffers = [0, 1].map(() => device.createBuffer({ size: bytes, usage: GPUBufferUsage.STORAGE }));
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const groups = bytes / 16 / 256;
  const width = Math.min(groups, 65535);
  const milliseconds = await time(() => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(width, Math.ceil(groups / width));
    pass.end();
    device.queue.submit([encoder.finish()]);
  });
  for (const buffer of buffers) buffer.destroy();
  return milliseconds;
}
