import { checkAxes, type OpenShape } from '@normkit/core/checks';
import type { serialization } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerArgs } from './abstract-layers/keras-layer.ts';
import { NormalizationLayer } from './abstract-layers/normalization-layer.ts';
import { checkAxesArgument } from './arguments/axis-argument.ts';
import type { Meaning, WrittenSettings } from './registry/layer-class.ts';

export interface UnitNormalizationArgs extends LayerArgs {
  /** The axis or axes along which the length is taken. Default: -1. */
  readonly axis?: number | readonly number[] | undefined;
}

/** The least squared length. A shorter vector is divided by the root of this number. */
const smallest = 1e-12;

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

  /** None: the layer has no weights. */
  protected override knownAxes(shape: OpenShape): number[] {
    checkAxes(this.label, this.axis, shape);
    return [];
  }

  protected override createWeights(shape: OpenShape): void {
    this.knownExtents(shape);
  }

  protected override normalize(input: tf.Tensor): tf.Tensor {
    const x = tf.cast(input, 'float32');
    return l2Normalize(x, checkAxes(this.label, this.axis, x.shape));
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), axis: typeof this.axis === 'number' ? this.axis : [...this.axis] };
  }
}

/** {@link UnitNormalization}, as TensorFlow.js's own layers are made. */
export function unitNormalization(args: UnitNormalizationArgs = {}): UnitNormalization {
  return new UnitNormalization(args);
}

/** x / √max(Σx², 1e-12), as in TensorFlow: vectors along these axes get the length 1, unless they are nearly 0. */
export function l2Normalize(x: tf.Tensor, axes: number[]): tf.Tensor {
  return tf.mul(x, tf.rsqrt(tf.maximum(tf.sum(tf.square(x), axes, true), smallest)));
}
