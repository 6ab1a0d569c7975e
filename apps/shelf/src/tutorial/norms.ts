import {
  batchNormalization,
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  rmsNormalization,
} from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import type { NormName } from './norm-names.ts';

export { NORMS, type NormName } from './norm-names.ts';

/** As the tutorial writes them; `seed` makes its random initializers the same on every backend. */
export function normLayer(norm: NormName, seed: number): tf.layers.Layer | undefined {
  const name = 'norm';
  const uniform = (offset: number) =>
    tf.initializers.randomUniform({ minval: -0.05, maxval: 0.05, seed: seed + offset });
  const layers: Record<NormName, () => tf.layers.Layer | undefined> = {
    group: () => groupNormalization({ name, groups: 5, axis: 3 }),
    instance: () =>
      instanceNormalization({
        name,
        axis: 3,
        center: true,
        scale: true,
        betaInitializer: uniform(0),
        gammaInitializer: uniform(1),
      }),
    layer: () => layerNormalization({ name, axis: 3, center: true, scale: true }),
    batch: () => batchNormalization({ name, axis: 3 }),
    rms: () => rmsNormalization({ name, axis: 3 }),
    none: () => undefined,
  };
  return layers[norm]();
}
