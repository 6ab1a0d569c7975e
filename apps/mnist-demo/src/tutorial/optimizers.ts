import * as tf from '@tensorflow/tfjs';
import type { OptimizerName } from './optimizer-names.ts';

/** Tensors that an optimizer keeps for each weight. */
export const MEMORIES: Readonly<Record<OptimizerName, number>> = {
  adam: 2,
  sgd: 0,
  momentum: 1,
  rmsprop: 2,
  adagrad: 1,
};

export function optimizerOf(name: OptimizerName, learningRate: number): tf.Optimizer {
  const optimizers: Record<OptimizerName, () => tf.Optimizer> = {
    adam: () => tf.train.adam(learningRate),
    sgd: () => tf.train.sgd(learningRate),
    momentum: () => new Momentum(learningRate, 0.9),
    rmsprop: () => tf.train.rmsprop(learningRate),
    adagrad: () => tf.train.adagrad(learningRate),
  };
  return optimizers[name]();
}

/** TensorFlow.js's own, which forgets its learning rate, a tensor, when it is disposed of. */
class Momentum extends tf.MomentumOptimizer {
  override dispose(): void {
    super.dispose();
    this.c.dispose();
  }
}
