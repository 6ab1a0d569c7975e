import { BatchNormalization } from './batch-normalization.ts';
import { GroupNormalization } from './group-normalization.ts';
import { SpectralNormalization } from './wrappers/spectral-normalization.ts';

/*
 * Other names under which the same layers were saved. TensorFlow.js finds a class by its className alone, and a model
 * is saved again under the name it was loaded with.
 */

export class AddonsGroupNormalization extends GroupNormalization {
  static override className = 'Addons>GroupNormalization';
}

/** TensorFlow 1's. */
export class BatchNormalizationV1 extends BatchNormalization {
  static override className = 'BatchNormalizationV1';
}

/** On one device it is batch normalization. */
export class SyncBatchNormalization extends BatchNormalization {
  static override className = 'SyncBatchNormalization';
}

export class AddonsSpectralNormalization extends SpectralNormalization {
  static override className = 'Addons>SpectralNormalization';
  protected static override readonly vectorName = 'sn_u';
}
