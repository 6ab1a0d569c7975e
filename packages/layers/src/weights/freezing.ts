import type { LayerVariable } from '@tensorflow/tfjs-layers';

/** Whether what freezes and thaws the weights of a layer has left them trainable. */
export interface Freezing {
  trainable: boolean;
}

/**
 * Tells a layer that the model around it is frozen as a whole. TensorFlow.js leaves the layers of such a model as they
 * are and sets `trainable` of their trainable weights, one by one, so a layer that has none would never know: whoever
 * visits the list in that way visits one more, which is not in it.
 */
export function watchFreezing(weights: LayerVariable[]): Freezing {
  const freezing: Freezing = { trainable: weights.length === 0 || weights.some(({ trainable }) => trainable) };
  weights.forEach = (visit, self) => {
    Array.prototype.forEach.call(weights, visit, self);
    visit.call(self, freezing as LayerVariable, weights.length, weights);
  };
  return freezing;
}
