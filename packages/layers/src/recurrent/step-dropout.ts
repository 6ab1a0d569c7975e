import { dropout, type Tensor } from '@tensorflow/tfjs-core';
import type { CallArguments } from '../abstract-layers/keras-layer.ts';

/**
 * Dropout that drops the same elements at each step of one call of a recurrent layer, and others in the next call.
 *
 * TensorFlow.js's `tf.layers.rnn` hands one object of call arguments to all steps of a call. This class remembers a
 * seed for each such object. TensorFlow.js's own cells keep the mask tensors of their first call instead: they drop at
 * inference too, and they fail for batches of another size.
 */
export class StepDropout {
  readonly rate: number;
  private readonly seeds = new WeakMap<object, number>();

  constructor(rate: number) {
    this.rate = rate;
  }

  apply(x: Tensor, call: CallArguments): Tensor {
    if (this.rate === 0 || !call?.['training']) return x;
    const seed = this.seeds.get(call) ?? 1 + Math.floor(Math.random() * 0x7fffffff);
    this.seeds.set(call, seed);
    return dropout(x, this.rate, undefined, seed);
  }
}
