import '@normkit/backend-cpu';
import '@normkit/backend-webgpu';
import { batchNorm, type Gap, groupNorm, layerNorm, type NormCall, normTraits, rmsNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { pipelineCount } from '../src/pipelines.ts';
import { FINE, openFresh, openTuned, webgpu } from './open-webgpu.ts';
import { throwErrors } from './validation.ts';

const x = () =>
  tf.tensor2d([
    [1, 2, 4, 8],
    [3, 1, 2, 9],
  ]);
const expected = [-1.0259, -0.6527, 0.0932, 1.5854];

async function near(y: tf.Tensor, wanted: readonly number[]): Promise<void> {
  const values = await y.data();
  for (const [index, value] of wanted.entries()) expect(values[index]).toBeCloseTo(value, 3);
}

/** The passes and submissions of a backend while something runs. */
async function counted(run: () => tf.Tensor | tf.Tensor[]): Promise<{ dispatches: number; submits: number }> {
  const { device } = webgpu();
  const dispatch = vi.spyOn(GPUComputePassEncoder.prototype, 'dispatchWorkgroups');
  const submit = vi.spyOn(device.queue, 'submit');
  const results = tf.tidy(run);
  const counts = { dispatches: dispatch.mock.calls.length, submits: submit.mock.calls.length };
  vi.restoreAllMocks();
  await Promise.all([results].flat().map((result) => result.data()));
  tf.dispose(results);
  return counts;
}

/** On the device, so that no upload counts. */
async function onDevice(shape: number[]): Promise<tf.Tensor> {
  const values = tf.randomNormal(shape);
  const tensor = tf.add(values, 1);
  await tensor.data();
  webgpu().uploadToGPU(tensor.dataId);
  return tensor;
}

describe('dispatches', () => {
  beforeEach(() => openTuned(FINE));

  it.each<[string, number[], (v: tf.Tensor) => tf.Tensor, forward: number, backward: number]>([
    ['layer norm of rows', [64, 96], (v) => layerNorm(v), 1, 3],
    ['rms norm of rows', [64, 96], (v) => rmsNorm(v), 1, 3],
    ['layer norm of one long row', [1, 2 ** 16], (v) => layerNorm(v), 2, 3],
    ['layer norm over a leading axis', [3, 40, 8], (v) => layerNorm(v, { axis: 1 }), 2, 3],
    ['group norm, channels last', [2, 40, 12], (v) => groupNorm(v, { groups: 3 }), 2, 2],
    ['group norm, channels first', [2, 12, 40], (v) => groupNorm(v, { groups: 3, axis: 1 }), 1, 2],
    ['batch norm, channels last', [5, 40, 12], (v) => batchNorm(v), 2, 2],
    ['batch norm, channels first', [5, 12, 40], (v) => batchNorm(v, { axis: 1 }), 1, 2],
    ['batch norm with given statistics', [5, 3], (v) => batchNorm(v, { mean: [1, 2, 3], variance: [4, 5, 6] }), 1, 2],
  ])('%s', async (_, shape, norm, forward, backward) => {
    const given = await onDevice(shape);
    const dy = await onDevice(shape);
    const one = await counted(() => norm(given));
    expect(one.dispatches).toBe(forward);
    const both = await counted(() => tf.grad(norm)(given, dy));
    expect(both.dispatches - forward).toBe(backward);
    tf.dispose([given, dy]);
  });

  it('one more for each input that is integers in its buffer', async () => {
    const integers = tf.tensor2d([[1, 0, 1, 1]], [1, 4], 'int32');
    const given = tf.cast(tf.concat([integers, integers]), 'float32');
    const dy = await onDevice([2, 4]);
    const { dispatches } = await counted(() => tf.grad((v: tf.Tensor) => layerNorm(v))(given, dy));
    expect(dispatches).toBe(1 + 1 + 1 + 3);
    tf.dispose([integers, given, dy]);
  });

  it('are submitted with those of TensorFlow.js, as seldom', async () => {
    const given = await onDevice([64, 96]);
    await tf.add(given, 0).data();
    const few = await counted(() => [layerNorm(given), layerNorm(given), tf.add(given, 1)]);
    expect(few).toEqual({ dispatches: 3, submits: 0 });
    const many = await counted(() => Array.from({ length: 30 }, () => layerNorm(given)));
    expect(many).toEqual({ dispatches: 30, submits: 2 });
    given.dispose();
  });

  it('of more workgroups than one dimension may have are laid out in two', async () => {
    const { device } = webgpu();
    const { maxComputeWorkgroupsPerDimension } = device.limits;
    const { limits } = device;
    const given = tf.randomNormal([100, 256]);
    const whole = await layerNorm(given).data();
    const narrow = new Proxy(limits, {
      get: (target, name) =>
        name === 'maxComputeWorkgroupsPerDimension' ? 7 : target[name as keyof GPUSupportedLimits],
    });
    Object.defineProperty(device, 'limits', { value: narrow, configurable: true });
    const dispatch = vi.spyOn(GPUComputePassEncoder.prototype, 'dispatchWorkgroups');
    const split = layerNorm(given);
    expect(dispatch.mock.calls).toEqual([[7, 15]]);
    vi.restoreAllMocks();
    Object.defineProperty(device, 'limits', { value: limits, configurable: true });
    expect(await split.data()).toEqual(whole);
    expect(maxComputeWorkgroupsPerDimension).toBeGreaterThan(7);
  });

  it('of columns, too: workgroups beyond the last leave the statistics alone', async () => {
    const { device } = webgpu();
    const { limits } = device;
    const given = tf.randomNormal([50, 7, 8]);
    const gradient = () =>
      tf
        .grad((v: tf.Tensor) => tf.square(layerNorm(v, { axis: 1 })))(given)
        .data();
    const whole = await gradient();
    const narrow = new Proxy(limits, {
      get: (target, name) =>
        name === 'maxComputeWorkgroupsPerDimension' ? 37 : target[name as keyof GPUSupportedLimits],
    });
    Object.defineProperty(device, 'limits', { value: narrow, configurable: true });
    const split = await gradient();
    Object.defineProperty(device, 'limits', { value: limits, configurable: true });
    expect(split).toEqual(whole);
  });

  it('are timed where TensorFlow.js times its own', async () => {
    const given = await onDevice([64, 96]);
    const { kernelMs, ...time } = await tf.time(() => layerNorm(given).dispose());
    const names = (time as unknown as { getExtraProfileInfo(): string }).getExtraProfileInfo();
    expect(names).toMatch(/^Normkit forward: [\d.]+$/);
    expect(kernelMs).toBeGreaterThan(0);
  });
});

describe('tensors', () => {
  beforeEach(() => openFresh());

  it('that are still on the CPU side', () => near(layerNorm(x()), expected));

  it('that a program made in a buffer of its own', async () => {
    const { device } = webgpu();
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const buffer = device.createBuffer({ size: 64, usage });
    device.queue.writeBuffer(buffer, 0, Float32Array.of(1, 2, 4, 8, 3, 1, 2, 9));
    for (const zeroCopy of [false, true]) await near(layerNorm(tf.tensor({ buffer, zeroCopy }, [2, 4])), expected);
  });

  it('that dataToGPU hands over', async () => {
    const { tensorRef, buffer } = layerNorm(x()).dataToGPU();
    expect(buffer?.size).toBe(32);
    await near(tensorRef, expected);
  });

  it('that are integers in their buffer', async () => {
    for (const dtype of ['int32', 'bool'] as const) {
      const given = tf.tensor2d([[1, 0, 1, 1]], [1, 4], dtype);
      const y = layerNorm(tf.concat([given, given]));
      await near(y, [0.5758, -1.7274, 0.5758, 0.5758]);
    }
  });

  it('that were made on another backend', async () => {
    await tf.setBackend('cpu');
    const given = x();
    await tf.setBackend('webgpu');
    await near(layerNorm(given), expected);
  });

  it('as x, gamma, beta and dy at once', async () => {
    const one = tf.tensor1d([1, 2, 4, 8]);
    const dx = tf.grad((v: tf.Tensor) => layerNorm(v, { gamma: one, beta: one }))(one, one);
    expect((await dx.data()).every(Number.isFinite)).toBe(true);
  });
});

describe('nothing stays behind', () => {
  it('10,000 calls', async () => {
    await openFresh();
    const given = await onDevice([8, 16]);
    const dy = await onDevice([8, 16]);
    const step = () => tf.tidy(() => void tf.grad((v: tf.Tensor) => layerNorm(v))(given, dy));
    const { bufferManager, device } = webgpu() as unknown as {
      bufferManager: { getNumUsedBuffers(): number; getNumFreeBuffers(): number };
      device: GPUDevice;
    };
    const settled = async () => {
      // A read submits what is recorded, and frees what waits for that.
      const flushed = tf.neg(given);
      await flushed.data();
      flushed.dispose();
      return [
        tf.memory().numTensors,
        tf.backend().numDataIds(),
        bufferManager.getNumUsedBuffers(),
        bufferManager.getNumFreeBuffers(),
        pipelineCount(device),
      ];
    };
    const created = vi.spyOn(device, 'createBuffer');
    for (let call = 0; call < 100; call++) step();
    const before = await settled();
    const buffers = created.mock.calls.length;
    for (let call = 0; call < 10_000; call++) {
      step();
      if (call % 500 === 0) await settled();
    }
    const after = await settled();
    expect([...after, created.mock.calls.length]).toEqual([...before, buffers]);
    vi.restoreAllMocks();
  });
});

it('what the device finds wrong fails the test that it belongs to', async () => {
  await openFresh();
  const { device } = webgpu();
  device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
  await expect(throwErrors(device)).rejects.toThrow('the device reports:');
});

describe('gaps', () => {
  beforeEach(() => openFresh());

  const kernels = async (run: () => tf.Tensor) => {
    const { kernels: ran, result } = await tf.profile(run);
    await near(result as tf.Tensor, expected);
    return ran.map(({ name }) => name);
  };

  it('none on this device', async () => {
    expect(await kernels(() => layerNorm(x()))).toContain('NormkitForward');
  });

  it('a version of TensorFlow.js that records otherwise', async () => {
    Object.assign(webgpu(), { makeUniforms: undefined, commandQueueOwnedIds: new Set() });
    const gaps = (normTraits('webgpu')?.gaps ?? []) as readonly Gap<unknown>[];
    expect(gaps.filter((gap) => gap.covers({} as NormCall, webgpu())).map(({ name }) => name)).toEqual(['recording']);
  });

  it('a device with fewer storage buffers', async () => {
    const { device } = webgpu();
    const { limits } = device;
    const few = new Proxy(limits, {
      get: (target, name) =>
        name === 'maxStorageBuffersPerShaderStage' ? 4 : target[name as keyof GPUSupportedLimits],
    });
    Object.defineProperty(device, 'limits', { value: few, configurable: true });
    expect(await kernels(() => layerNorm(x()))).not.toContain('NormkitForward');
  });
});
