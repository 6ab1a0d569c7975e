import { instanceNorm } from '@normkit/core';
import type { serialization } from '@tensorflow/tfjs-core';
import { type AffineArgs, affineArguments } from './abstract-layers/affine-layer.ts';
import { GroupNormalization } from './group-normalization.ts';
import type { Meaning } from './registry/layer-class.ts';

export interface InstanceNormalizationArgs extends AffineArgs {
  /** The axis of the channels; not 0, which is the batch. Default: -1. */
  readonly axis?: number | undefined;
}

/**
 * Instance normalization: group normalization with one channel per group, so mean and variance per sample and channel.
 * gamma and beta: [channels]. It is saved as TensorFlow Addons' layer, because Keras has no such layer.
 *
 * @throws NormkitError where the number of channels is not defined.
 * @see Ulyanov et al. 2016, arXiv:1607.08022; TensorFlow Addons `InstanceNormalization`.
 */
export class InstanceNormalization extends GroupNormalization {
  static override className = 'Addons>InstanceNormalization';
  static override readonly aliases = [];
  protected static override readonly argumentNames = ['axis', ...affineArguments];
  protected static override readonly defaultGroups = -1;

  constructor(args: InstanceNormalizationArgs = {}) {
    super(args);
  }

  static override meaning({ axis }: GroupNormalization): Meaning {
    return { norm: instanceNorm, options: { axis } };
  }

  /** Addons writes the number of channels as `groups` once the layer is built. That setting is dropped. */
  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    { groups: _, ...config }: serialization.ConfigDict,
  ): T {
    return GroupNormalization.fromConfig(cls, config);
  }
}

/** {@link InstanceNormalization}, as TensorFlow.js's own layers are made. */
export function instanceNormalization(args: InstanceNormalizationArgs = {}): InstanceNormalization {
  return new InstanceNormalization(args);
}
