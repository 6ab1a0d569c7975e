import {
  batchNormalization,
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  rmsNormalization,
} from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { CHANNEL_AXIS, GROUPS, type NormName } from './norm-names.ts';

/** As the tutorial writes them; `seed` makes its random initializers the same on every backend. */
export function normLayer(norm: NormName, seed: number): tf.layers.Layer | undefined {
  const common = { name: 'norm', axis: CHANNEL_AXIS };
  const uniform = (offset: number) =>
    tf.initializers.randomUniform({ minval: -0.05, maxval: 0.05, seed: seed + offset });
  const layers: Record<NormName, () => tf.layers.Layer | undefined> = {
    group: () => groupNormalization({ ...common, groups: GROUPS }),
    instance: () =>
      instanceNormalization({
        ...common,
        center: true,
        scale: true,
        betaInitializer: uniform(0),
        gammaInitializer: uniform(1),
      }),
    layer: () => layerNormalization({ ...common, center: true, scale: true }),
    batch: () => batchNormalization(common),
    rms: () => rmsNormalization(common),
    none: () => undefined,
  };
  return layers[norm]();
}
