import type { LayerVariable } from '@tensorflow/tfjs-layers';

/** Whether a layer may train: false once the model around the layer is frozen. */
export interface Freezing {
  trainable: boolean;
}

/**
 * Tells a layer whether the model around it is frozen. To freeze a model, TensorFlow.js walks with `forEach` over the
 * trainable weights of each layer, and sets `trainable = false` on each weight. It does not touch the layer itself. A
 * layer without trainable weights would therefore never see that it is frozen. So `forEach` of this list visits one
 * object more, which is not a weight: the object that is returned. Its `trainable` says what the model wants.
 */
export function watchFreezing(weights: LayerVariable[]): Freezing {
  const freezing: Freezing = { trainable: weights.length === 0 || weights.some(({ trainable }) => trainable) };
  weights.forEach = (visit, self) => {
    Array.prototype.forEach.call(weights, visit, self);
    visit.call(self, freezing as LayerVariable, weights.length, weights);
  };
  return freezing;
}
