import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { openBackend } from '../src/backends.ts';
import type { Pass } from '../src/contenders.ts';
import type { Gpu } from '../src/gpu/gpu.ts';
import { dyOf } from '../src/inputs.ts';
import { ourOp } from '../src/ops.ts';
import { openOnnx } from '../src/peers/onnx.ts';
import { type Peer, PeerAbsent } from '../src/peers/peer.ts';
import { openTorch } from '../src/peers/torch.ts';
import type { Shape } from '../src/shapes.ts';
import { openWebGPU } from './open-backends.ts';

const shapes: Shape[] = [
  { norm: 'layerNorm', shape: [3, 5, 7], axis: -1 },
  { norm: 'rmsNorm', shape: [3, 5, 7], axis: -1 },
  { norm: 'groupNorm', shape: [2, 3, 5, 6], axis: -1, groups: 3 },
  { norm: 'groupNorm', shape: [2, 6, 3, 5], axis: 1, groups: 3 },
  { norm: 'instanceNorm', shape: [2, 3, 5, 7], axis: -1 },
  { norm: 'instanceNorm', shape: [2, 7, 3, 5], axis: 1 },
  { norm: 'batchNorm', shape: [2, 3, 5, 7], axis: 3 },
  { norm: 'batchNorm', shape: [2, 7, 3, 5], axis: 1 },
];

await openBackend('cpu');
const webgpu = await openWebGPU();
// V8 would spend half a minute on its wasm for WebGPU before the first run, to make it faster in the long run.
setFlagsFromString('--liftoff-only');
// Not every machine has PyTorch; onnxruntime-web comes with the installation.
const torch = await openTorch().catch((error: Error) => error);
if (torch instanceof Error) console.log(`PyTorch is not compared with: ${torch.message}`);
const onnx = await openOnnx();
const onnxOnGpu = webgpu && (await openOnnx(webgpu));
const peers: Peer[] = [onnx, ...(onnxOnGpu ? [onnxOnGpu] : []), ...(torch instanceof Error ? [] : [torch])];

afterAll(() => {
  for (const peer of peers) peer.close();
});

async function ours(shape: Shape, pass: Pass): Promise<Float32Array[]> {
  await tf.setBackend('cpu');
  const { run, inputs } = ourOp(shape);
  const { value, grads } = tf.valueAndGrads(run)(inputs, tf.tensor(dyOf(shape), [...shape.shape]));
  const tensors = pass === 'forward' ? [value] : [value, ...grads];
  return Promise.all(tensors.map((tensor) => tensor.data() as Promise<Float32Array>));
}

function expectClose(actual: readonly Float32Array[], expected: readonly Float32Array[]) {
  expect(actual.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
  for (const [index, values] of actual.entries()) {
    for (const [at, value] of values.entries()) expect(value).toBeCloseTo(expected[index]?.[at] ?? NaN, 4);
  }
}

describe.each(peers)('$about', (peer) => {
  const supported = shapes.flatMap((shape) =>
    (['forward', 'forward+backward'] as const)
      .filter((pass) => peer.supports(shape, pass))
      .map((pass) => ({ ...shape, pass })),
  );

  it.each(supported)('computes what ours does: $norm $shape axis $axis $pass', async ({ pass, ...shape }) => {
    expectClose(await peer.compute(shape, pass), await ours(shape, pass));
  });

  it.each(supported)('runs again and again: $norm $shape axis $axis $pass', async ({ pass, ...shape }) => {
    const prepared = await peer.prepare(shape, pass);
    await prepared.enter();
    if ('time' in prepared) expect(await prepared.time(3)).toBeGreaterThan(0);
    else {
      for (let time = 0; time < 3; time++) await prepared.run();
      await prepared.finish?.();
    }
    await prepared.dispose();
  });
});

it('onnxruntime-web takes part in the forward pass of what ONNX has an operator for', () => {
  const norms = (peer: Peer, pass: Pass) =>
    new Set(shapes.filter((s) => peer.supports(s, pass)).map(({ norm }) => norm));
  expect(norms(onnx, 'forward')).toEqual(new Set(['layerNorm', 'instanceNorm', 'batchNorm']));
  expect(norms(onnx, 'forward+backward')).toEqual(new Set());
  if (onnxOnGpu) expect(norms(onnxOnGpu, 'forward')).toEqual(new Set(['layerNorm', 'instanceNorm']));
});

describe('PyTorch that is not there', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it.each([
    ['/nowhere/python3', /^no PyTorch: \/nowhere\/python3: spawn .*ENOENT \(PYTHON names another python\)$/],
    ['false', /^no PyTorch: false: it ended with status 1/],
  ])('is reported in one line for PYTHON=%s', async (python, message) => {
    vi.stubEnv('PYTHON', python);
    const absent = await openTorch().catch((error: unknown) => error);
    expect(absent).toBeInstanceOf(PeerAbsent);
    expect((absent as Error).message).toMatch(message);
  });
});

describe('PyTorch that ends', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it('fails what is asked of it, then and later', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'normkit-bench-'));
    const python = join(folder, 'python');
    writeFileSync(
      python,
      `#!/bin/sh\necho '{"version":"0","norms":["layer_norm"]}'; read line; echo broken >&2; exit 3\n`,
    );
    chmodSync(python, 0o700);
    vi.stubEnv('PYTHON', python);
    const peer = await openTorch();
    for (let time = 0; time < 2; time++) {
      await expect(peer.prepare({ norm: 'layerNorm', shape: [3, 5], axis: -1 }, 'forward')).rejects.toThrow('broken');
    }
    rmSync(folder, { recursive: true });
  });
});

describe('onnxruntime-web that does not load', () => {
  it.each([
    ['onnxruntime-web/wasm', {}],
    ['onnxruntime-web/webgpu', { gpu: { device: {} } as Gpu }],
  ])('is reported in one line: %s', async (module, backend) => {
    vi.resetModules();
    vi.doMock(module, () => {
      throw new Error('not\nhere');
    });
    const { openOnnx } = await import('../src/peers/onnx.ts');
    await expect(openOnnx(backend)).rejects.toThrow(/^no onnxruntime-web: .+$/);
    vi.doUnmock(module);
  });
});
