import { LayerVariable, type layers } from '@tensorflow/tfjs-layers';

/** A built BatchNormalization, TensorFlow.js's own or ours, by the fields that both have. */
export interface BatchNormFields extends layers.Layer {
  readonly axis: number;
  readonly epsilon: number;
  readonly gamma?: LayerVariable | null | undefined;
  readonly beta?: LayerVariable | null | undefined;
  readonly movingMean: LayerVariable;
  readonly movingVariance: LayerVariable;
}

export function isBatchNorm(layer: layers.Layer): layer is BatchNormFields {
  const { movingMean, movingVariance } = layer as Partial<BatchNormFields>;
  return movingMean instanceof LayerVariable && movingVariance instanceof LayerVariable;
}
