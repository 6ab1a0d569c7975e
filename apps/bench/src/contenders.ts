import { batchNorm, groupNorm, instanceNorm, layerNorm, rmsNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import type { Backend } from './backends.ts';
import type { Runner } from './measure.ts';
import { channelsOf, type Shape, sizeOf } from './shapes.ts';

export type Pass = 'forward' | 'forward+backward';
export type ContenderName = 'ours' | 'composed' | 'stock' | 'copy';

/** One column of the report. */
export interface Contender {
  readonly name: ContenderName;
  readonly supports: (shape: Shape) => boolean;
  readonly prepare: (shape: Shape, pass: Pass) => Promise<Prepared>;
}

export interface Prepared extends Runner {
  /** The most bytes that one run takes beyond its inputs; only of those that run in TensorFlow.js. */
  readonly extraBytes?: () => Promise<number>;
  readonly dispose: () => void;
}

/** The floor first, so that what it is compared with cannot have warmed it up less. */
export function contendersOn(backend: Backend): readonly Contender[] {
  return [
    { name: 'copy', supports: () => true, prepare: prepareCopy },
    { name: 'ours', supports: () => true, prepare: prepareWith(backend, backend.fused, ourOp) },
    { name: 'composed', supports: () => true, prepare: prepareWith(backend, backend.composed, ourOp) },
    { name: 'stock', supports: hasStockLayer, prepare: prepareWith(backend, backend.fused, stockOp) },
  ];
}

/** A differentiable function, and what it is differentiated by: x, gamma and, where there is one, beta. */
export interface Op {
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly inputs: tf.Tensor[];
  readonly dispose: () => void;
}

/** normkit's op: fused or composed, as the current backend has it. */
export function ourOp(shape: Shape): Op {
  const { axis, groups } = shape;
  const channels = channelsOf(shape);
  const x = tf.tensor(noise(sizeOf(shape)), [...shape.shape]);
  const gamma = tf.tensor1d(noise(channels, 1));
  if (shape.kind === 'rms') {
    const run: Op['run'] = (x, gamma) => rmsNorm(x, { axis, gamma });
    return { run, inputs: [x, gamma], dispose: () => tf.dispose([x, gamma]) };
  }
  const beta = tf.tensor1d(noise(channels, 0.5));
  const op: Record<typeof shape.kind, Op['run']> = {
    layer: (x, gamma, beta) => layerNorm(x, { axis, gamma, beta }),
    group: (x, gamma, beta) => groupNorm(x, { axis, groups, gamma, beta }),
    instance: (x, gamma, beta) => instanceNorm(x, { axis, gamma, beta }),
    batch: (x, gamma, beta) => batchNorm(x, { axis, gamma, beta }),
  };
  return { run: op[shape.kind], inputs: [x, gamma, beta], dispose: () => tf.dispose([x, gamma, beta]) };
}

/** TensorFlow.js's layers: one for layer norm, and one for batch norm, which is wrong off the last axis. */
function hasStockLayer({ kind, shape, axis }: Shape): boolean {
  return kind === 'layer' || (kind === 'batch' && (axis === -1 || axis === shape.length - 1));
}

/** A stock layer that trains, on the same x, gamma and beta as {@link ourOp}. */
export function stockOp(shape: Shape): Op {
  const { axis, kind } = shape;
  const layer = kind === 'layer' ? tf.layers.layerNormalization({ axis }) : tf.layers.batchNormalization({ axis });
  const [x, gamma, beta] = ourOp(shape).inputs as [tf.Tensor, tf.Tensor, tf.Tensor];
  layer.build([...shape.shape]);
  layer.setWeights([gamma, beta, ...layer.getWeights().slice(2)]);
  tf.dispose([gamma, beta]);
  return {
    run: (input) => layer.apply(input, { training: true }) as tf.Tensor,
    // The weights themselves: the layer reads them, whatever it is called with.
    inputs: [x, ...layer.trainableWeights.map((weight) => weight.read())],
    // The layer's own dispose() refuses one that was never part of a model.
    dispose: () => {
      x.dispose();
      for (const weight of layer.weights) weight.dispose();
    },
  };
}

function prepareWith(backend: Backend, name: string, makeOp: (shape: Shape) => Op): Contender['prepare'] {
  return async (shape, pass) => {
    const enter = async () => {
      await tf.setBackend(name);
    };
    await enter();
    const op = makeOp(shape);
    const dy = tf.tensor(noise(sizeOf(shape), 0.1), [...shape.shape]);
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
      extraBytes: async () => {
        await enter();
        return backend.extraBytes(run[pass]);
      },
      dispose: () => {
        op.dispose();
        dy.dispose();
      },
    };
  };
}

/** The floor: a tensor is never overwritten, so that the least an op can do is to copy x into a new one. */
async function prepareCopy(shape: Shape): Promise<Prepared> {
  const source = noise(sizeOf(shape));
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

/** The same values at every call, uniform within 1 of `centre`. */
function noise(length: number, centre = 0): Float32Array {
  const values = new Float32Array(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    // Park and Miller's minimal standard generator, whose products stay below 2^53.
    state = (state * 48271) % 2147483647;
    values[i] = centre - 1 + state / 1073741823.5;
  }
  return values;
}
