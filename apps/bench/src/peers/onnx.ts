import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { inputsOf } from '../inputs.ts';
import type { Shape } from '../shapes.ts';
import { type Peer, PeerAbsent } from './peer.ts';

/** What there is an ONNX operator for, of opset 17. */
const KINDS: readonly Shape['kind'][] = ['layer', 'instance', 'batch'];

/**
 * onnxruntime-web: its wasm, on one thread, through its JavaScript API.
 *
 * @throws PeerAbsent where it is not installed, or does not load.
 */
export async function openOnnx(): Promise<Peer> {
  const { ort, onnxModel } = await load();
  ort.env.wasm.numThreads = 1;

  async function open(shape: Shape): Promise<{ session: InferenceSession; feeds: { x: Tensor } }> {
    const session = await ort.InferenceSession.create(onnxModel(shape), { executionProviders: ['wasm'] });
    return { session, feeds: { x: new ort.Tensor('float32', inputsOf(shape).x, shape.shape) } };
  }

  return {
    name: 'onnx',
    about: `onnxruntime-web ${ort.env.versions.web}, wasm, one thread`,
    supports: ({ kind }, pass) => KINDS.includes(kind) && pass === 'forward',
    prepare: async (shape) => {
      const { session, feeds } = await open(shape);
      return {
        enter: async () => {},
        run: async () => {
          await session.run(feeds, ['y']);
        },
        dispose: () => session.release(),
      };
    },
    compute: async (shape) => {
      const { session, feeds } = await open(shape);
      const { y } = await session.run(feeds, ['y']);
      const values = await y?.getData();
      await session.release();
      return [Float32Array.from(values as Float32Array)];
    },
    close: () => {},
  };
}

async function load() {
  try {
    const [ort, { onnxModel }] = await Promise.all([import('onnxruntime-web/wasm'), import('./onnx-model.ts')]);
    // Its loading is lazy: a model of three numbers tells whether it can.
    const probe = onnxModel({ kind: 'layer', shape: [1, 3], axis: -1 });
    ort.env.wasm.numThreads = 1;
    await (await ort.InferenceSession.create(probe, { executionProviders: ['wasm'] })).release();
    return { ort, onnxModel };
  } catch (error) {
    throw new PeerAbsent(
      `no onnxruntime-web: ${String(error instanceof Error ? error.message : error).split('\n')[0]}`,
    );
  }
}
