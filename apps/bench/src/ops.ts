import { batchNorm, groupNorm, instanceNorm, layerNorm, rmsNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { type Inputs, inputsOf } from './inputs.ts';
import { epsilonOf, type Shape } from './shapes.ts';

/** A differentiable function, and what it is differentiated by: x, gamma and, where there is one, beta. */
export interface Op {
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly inputs: tf.Tensor[];
  readonly dispose: () => void;
}

/** normkit's op: fused or composed, as the current backend has it. */
export function ourOp(shape: Shape): Op {
  const { axis, groups } = shape;
  const epsilon = epsilonOf(shape);
  const op: Record<Shape['kind'], Op['run']> = {
    layer: (x, gamma, beta) => layerNorm(x, { axis, epsilon, gamma, beta }),
    rms: (x, gamma) => rmsNorm(x, { axis, epsilon, gamma }),
    group: (x, gamma, beta) => groupNorm(x, { axis, epsilon, groups, gamma, beta }),
    instance: (x, gamma, beta) => instanceNorm(x, { axis, epsilon, gamma, beta }),
    batch: (x, gamma, beta) => batchNorm(x, { axis, epsilon, gamma, beta }),
  };
  const inputs = tensorsOf(shape, inputsOf(shape));
  return { run: op[shape.kind], inputs, dispose: () => tf.dispose(inputs) };
}

/** TensorFlow.js's layers: one for layer norm, and one for batch norm, which is wrong off the last axis. */
export function hasStockLayer({ kind, shape, axis }: Shape): boolean {
  return kind === 'layer' || (kind === 'batch' && (axis === -1 || axis === shape.length - 1));
}

/** A stock layer that trains, on the same x, gamma and beta as {@link ourOp}. */
export function stockOp(shape: Shape): Op {
  const { axis, kind } = shape;
  const args = { axis, epsilon: epsilonOf(shape) };
  const layer = kind === 'layer' ? tf.layers.layerNormalization(args) : tf.layers.batchNormalization(args);
  const [x, ...parameters] = tensorsOf(shape, inputsOf(shape)) as [tf.Tensor, ...tf.Tensor[]];
  layer.build([...shape.shape]);
  layer.setWeights([...parameters, ...layer.getWeights().slice(2)]);
  tf.dispose(parameters);
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

function tensorsOf({ shape }: Shape, { x, gamma, beta }: Inputs): tf.Tensor[] {
  const parameters = beta ? [gamma, beta] : [gamma];
  return [tf.tensor(x, [...shape]), ...parameters.map((values) => tf.tensor1d(values))];
}
