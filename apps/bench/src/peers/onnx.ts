import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { Backend } from '../backends.ts';
import { workDone } from '../gpu/webgpu/work-done.ts';
import { inputsOf } from '../inputs.ts';
import type { Shape } from '../shapes.ts';
import { type Peer, PeerAbsent } from './peer.ts';

/** How onnxruntime-web runs. */
interface Engine {
  readonly about: string;
  readonly ort: typeof import('onnxruntime-web');
  readonly options: InferenceSession.SessionOptions;
  /** x, where the kernels are to find it. */
  readonly input: (values: Float32Array, dims: readonly number[]) => { x: Tensor; dispose: () => void };
  readonly finish?: () => Promise<void>;
}

/**
 * onnxruntime-web, through its JavaScript API: its wasm on one thread, or, on a GPU, its kernels for WebGPU, on
 * TensorFlow.js's device, where x and y stay.
 *
 * @throws PeerAbsent where it is not installed, or does not load.
 */
export async function openOnnx({ gpu }: Pick<Backend, 'gpu'> = {}): Promise<Peer> {
  const { engine, onnxModel, norms } = await load(gpu?.device);
  const { about, finish } = engine;
  const open = (shape: Shape) => openSession(engine, onnxModel, shape);
  return {
    name: 'onnx',
    about: `onnxruntime-web ${engine.ort.env.versions.web}, ${about}`,
    supports: ({ norm }, pass) => norms.some((known) => known === norm) && pass === 'forward',
    prepare: async (shape) => {
      const { session, x, dispose } = await open(shape);
      return {
        enter: async () => {},
        run: async () => {
          const { y } = await session.run({ x }, ['y']);
          y?.dispose();
        },
        finish,
        dispose: async () => {
          dispose();
          await session.release();
        },
      };
    },
    compute: async (shape) => {
      const { session, x, dispose } = await open(shape);
      const { y } = await session.run({ x }, ['y']);
      const values = Float32Array.from((await y?.getData()) as Float32Array);
      dispose();
      await session.release();
      return [values];
    },
    close: () => {},
  };
}

async function openSession({ ort, options, input }: Engine, modelOf: (shape: Shape) => Uint8Array, shape: Shape) {
  const session = await ort.InferenceSession.create(modelOf(shape), options);
  return { session, ...input(inputsOf(shape).x, shape.shape) };
}

async function load(device: GPUDevice | undefined) {
  try {
    const { ONNX_NORMS, onnxModel, SMALLEST } = await import('./onnx-model.ts');
    const engine = await (device ? onGpu(device) : onWasm());
    engine.ort.env.wasm.numThreads = 1;
    // Its loading is lazy: a small model tells whether it can.
    const { session, x, dispose } = await openSession(engine, onnxModel, SMALLEST);
    await session.run({ x }, ['y']);
    dispose();
    await session.release();
    return { engine, onnxModel, norms: ONNX_NORMS[device ? 'webgpu' : 'wasm'] };
  } catch (error) {
    throw new PeerAbsent(
      `no onnxruntime-web: ${String(error instanceof Error ? error.message : error).split('\n')[0]}`,
    );
  }
}

async function onWasm(): Promise<Engine> {
  const ort = await import('onnxruntime-web/wasm');
  return {
    about: 'wasm, one thread',
    ort,
    options: { executionProviders: ['wasm'] },
    input: (values, dims) => ({ x: new ort.Tensor('float32', values, dims), dispose: () => {} }),
  };
}

async function onGpu(device: GPUDevice): Promise<Engine> {
  const ort = await import('onnxruntime-web/webgpu');
  return {
    about: 'WebGPU, forward only',
    ort,
    options: {
      executionProviders: [{ name: 'webgpu', device }],
      preferredOutputLocation: 'gpu-buffer',
      // What it has no kernel for it would run on the processor, in silence.
      extra: { session: { disable_cpu_ep_fallback: '1' } },
    },
    input: (values, dims) => {
      const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
      const buffer = device.createBuffer({ size: values.byteLength, usage: STORAGE | COPY_SRC | COPY_DST });
      device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
      return { x: ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims }), dispose: () => buffer.destroy() };
    },
    finish: () => workDone(device),
  };
}
