import type { NormKind } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';

/** A layer that TensorFlow.js has for a norm. */
export interface StockLayer {
  readonly create: (args: { axis: number; epsilon?: number }) => tf.layers.Layer;
  /** Off the last axis it computes something else. */
  readonly isOfLastAxis: boolean;
  /** Its gradient takes the rows one by one: minutes where they are many. */
  readonly takesRows: boolean;
}

const STOCK_LAYERS: Readonly<Partial<Record<NormKind, StockLayer>>> = {
  layerNorm: { create: (args) => tf.layers.layerNormalization(args), isOfLastAxis: false, takesRows: true },
  batchNorm: { create: (args) => tf.layers.batchNormalization(args), isOfLastAxis: true, takesRows: false },
};

/** TensorFlow.js's layer for a norm of that axis, where it has one that is right. */
export function stockLayerOf(norm: NormKind, rank: number, axis: number): StockLayer | undefined {
  const layer = STOCK_LAYERS[norm];
  return layer?.isOfLastAxis && axis !== -1 && axis !== rank - 1 ? undefined : layer;
}
