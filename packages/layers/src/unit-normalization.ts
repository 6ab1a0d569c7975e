import { checkAxes, type OpenShape } from '@normkit/core/checks';
import type { serialization } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { CallArguments, LayerArgs } from './abstract-layers/keras-layer.ts';
import { NormalizationLayer } from './abstract-layers/normalization-layer.ts';
import { checkAxesArgument } from './arguments/axis-argument.ts';
import type { Meaning, WrittenSettings } from './registry/layer-class.ts';
import { l2Normalize } from './statistics/l2-normalize.ts';

export interface UnitNormalizationArgs extends LayerArgs {
  /** The axis or axes along which the length is taken. Default: -1. */
  readonly axis?: number | readonly number[] | undefined;
}

/**
 * Unit normalization: y = x / √max(Σx², 1e-12), so that vectors along `axis` have length 1. It has no weights.
 *
 * @throws NormkitError where an axis is out of bounds or named twice.
 * @see Keras `UnitNormalization`.
 */
export class UnitNormalization extends NormalizationLayer {
  static override className = 'UnitNormalization';
  static readonly written: WrittenSettings = { author: 'Keras', settings: ['axis'] };

  readonly axis: number | readonly number[];

  constructor(args: UnitNormalizationArgs = {}) {
    super(args, ['axis']);
    this.axis = checkAxesArgument(this.label, args.axis ?? -1);
  }

  static meaning({ axis }: UnitNormalization): Meaning {
    return `divides by the length along axis ${String(axis)}`;
  }

  protected override checkShape(shape: OpenShape): void {
    checkAxes(this.label, this.axis, shape);
  }

  protected override createWeights(shape: OpenShape): void {
    this.checkShape(shape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: CallArguments): tf.Tensor {
    return tf.tidy(() => {
      const x = tf.cast(this.oneTensor(inputs), 'float32');
      this.invokeCallHook(inputs, kwargs);
      return l2Normalize(x, checkAxes(this.label, this.axis, x.shape));
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), axis: typeof this.axis === 'number' ? this.axis : [...this.axis] };
  }
}

/** {@link UnitNormalization}, as TensorFlow.js's own layers are made. */
export function unitNormalization(args: UnitNormalizationArgs = {}): UnitNormalization {
  return new UnitNormalization(args);
}
