import type { Runner } from '@normkit/shelf/measure';
import * as tf from '@tensorflow/tfjs';
import type { Backend } from './backends.ts';
import { dyOf, inputsOf } from './inputs.ts';
import { hasStockLayer, type Op, ourOp, stockLayerOp } from './ops.ts';
import { isLarge, type Shape, sizeOf } from './shapes.ts';

export type Pass = 'forward' | 'forward+backward';

/** In the order of their columns. */
export const CONTENDERS = ['ours', 'composed', 'stock', 'onnx', 'torch', 'copy'] as const;
export type ContenderName = (typeof CONTENDERS)[number];

/** One column of the report. */
export interface Contender {
  readonly name: ContenderName;
  readonly supports: (shape: Shape, pass: Pass) => boolean;
  readonly prepare: (shape: Shape, pass: Pass) => Promise<Prepared>;
}

export type Prepared = Runner & {
  /** The most bytes that one run takes beyond its inputs; only of those that run in TensorFlow.js. */
  readonly extraBytes?: () => Promise<number>;
  /** A GPU's own milliseconds of one run. */
  readonly gpuTime?: (() => Promise<number>) | undefined;
  readonly dispose: () => void | Promise<void>;
};

/** The floor first, so that what it is compared with cannot have warmed it up less. */
export function contendersOn(backend: Backend): readonly Contender[] {
  const { gpu } = backend;
  return [
    {
      name: 'copy',
      supports: () => true,
      prepare: gpu ? async (shape) => gpu.prepareCopy(sizeOf(shape)) : prepareCopy,
    },
    { name: 'ours', supports: () => true, prepare: prepareWith(backend, backend.fused, ourOp) },
    { name: 'composed', supports: isSmall, prepare: prepareWith(backend, backend.composed, ourOp) },
    {
      name: 'stock',
      supports: (shape) => isSmall(shape) && hasStockLayer(shape),
      prepare: prepareWith(backend, backend.composed, stockLayerOp),
    },
  ];
}

function isSmall(shape: Shape): boolean {
  return !isLarge(shape);
}

function prepareWith(backend: Backend, name: string, makeOp: (shape: Shape) => Op): Contender['prepare'] {
  const { finish, time } = backend.gpu ?? {};
  return async (shape, pass) => {
    const enter = async () => {
      await tf.setBackend(name);
    };
    await enter();
    const op = makeOp(shape);
    const dy = tf.tensor(dyOf(shape), [...shape.shape]);
    const differentiated = tf.valueAndGrads(op.run);
    const run: Record<Pass, () => void> = {
      forward: () => tf.dispose(tf.tidy(() => op.run(...op.inputs))),
      'forward+backward': () => {
        const { value, grads } = differentiated(op.inputs, dy);
        tf.dispose([value, ...grads]);
      },
    };
    return {
      enter,
      run: run[pass],
      finish,
      extraBytes: async () => {
        await enter();
        return backend.extraBytes(run[pass]);
      },
      gpuTime:
        time &&
        (async () => {
          await enter();
          return time(run[pass]);
        }),
      dispose: () => {
        op.dispose();
        dy.dispose();
      },
    };
  };
}

/** The floor: a tensor is never overwritten, so that the least an op can do is to copy x into a new one. */
async function prepareCopy(shape: Shape): Promise<Prepared> {
  const source = inputsOf(shape).x;
  // Kept until the next one, as a tensor is until it is disposed.
  const last = { copy: new Float32Array(0) };
  return {
    enter: async () => {},
    run: () => {
      last.copy = new Float32Array(source);
    },
    dispose: () => {
      last.copy = new Float32Array(0);
    },
  };
}
