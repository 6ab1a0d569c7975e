import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { contendersOn } from '../src/contenders.ts';
import type { Gpu } from '../src/gpu/gpu.ts';
import { copyOf } from '../src/gpu/webgpu/copy.ts';
import type { Shape } from '../src/shapes.ts';
import { openWebGPU } from './open-backends.ts';

const backend = await openWebGPU();
const gpu = backend?.gpu;

describe.skipIf(!gpu)('the GPU behind a backend', () => {
  const { about, finish, time } = gpu ?? ({} as Gpu);
  const device = gpu?.device as GPUDevice;
  const shape: Shape = { norm: 'layerNorm', shape: [64, 257], axis: -1 };

  it('is described in one line', () => {
    expect(about).toMatch(/^\S.*, with(out)? timestamps$/);
  });

  it('copies every float', async () => {
    const floats = Float32Array.from({ length: 4 * 1031 }, (_, at) => at + 1);
    const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    const buffer = (usage: number) => device.createBuffer({ size: floats.byteLength, usage });
    const [source, copy, readable] = [
      buffer(STORAGE | COPY_DST),
      buffer(STORAGE | COPY_SRC),
      buffer(COPY_DST | MAP_READ),
    ];
    device.queue.writeBuffer(source, 0, floats);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    copyOf(device, source, copy)(pass);
    pass.end();
    encoder.copyBufferToBuffer(copy, 0, readable, 0, floats.byteLength);
    device.queue.submit([encoder.finish()]);
    await readable.mapAsync(GPUMapMode.READ);
    expect(new Float32Array(readable.getMappedRange().slice(0))).toEqual(floats);
    for (const each of [source, copy, readable]) each.destroy();
  });

  it('has submitted everything that was recorded when a turn is finished', async () => {
    await tf.setBackend('webgpu');
    const recorded = () => (tf.backend() as unknown as { commandEncoder: unknown }).commandEncoder;
    const y = tf.add(tf.ones([2000]), 1);
    expect(recorded()).not.toBeNull();
    await finish();
    expect(recorded()).toBeNull();
    y.dispose();
  });

  it('fails where the device reports an error, for what is invalid is not run and would look fast', async () => {
    device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
    await expect(finish()).rejects.toThrow(/^the device reports: /);
    await finish();
  });

  it.skipIf(!time)('tells its own time of ours and of the copy, by its timestamps', async () => {
    for (const { name, prepare } of contendersOn(backend as NonNullable<typeof backend>)) {
      if (!['ours', 'copy'].includes(name)) continue;
      const prepared = await prepare(shape, 'forward+backward');
      expect(await prepared.gpuTime?.()).toBeGreaterThan(0);
      await prepared.dispose();
    }
  });

  it('counts the memory of ours: y, and what the statistics take', async () => {
    const ours = contendersOn(backend as NonNullable<typeof backend>).find(({ name }) => name === 'ours');
    const prepared = await ours?.prepare(shape, 'forward');
    const inMultiplesOfX = ((await prepared?.extraBytes?.()) ?? 0) / (4 * 64 * 257);
    expect(inMultiplesOfX).toBeGreaterThanOrEqual(1);
    expect(inMultiplesOfX).toBeLessThan(1.2);
    await prepared?.dispose();
  });
});
