import { NormkitError } from '@normkit/core';
import { checkAxis, type OpenShape, shapeText } from '@normkit/core/checks';
import type { serialization } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { type AffineArgs, AffineLayer, affineArguments } from './abstract-layers/affine-layer.ts';
import type { CallArguments } from './abstract-layers/keras-layer.ts';
import { checkChannelAxisArgument } from './arguments/axis-argument.ts';
import { InstanceNormalization } from './instance-normalization.ts';
import type { Meaning, WrittenSettings } from './registry/layer-class.ts';
import { affineSettings, missingSettings, wroteKeras } from './registry/written-settings.ts';
import { alongAxes } from './statistics/along-axes.ts';
import { weightedMoments } from './statistics/weighted-moments.ts';

export interface ContribInstanceNormalizationArgs extends AffineArgs {
  /** The axis of the channels, or null: each sample is normalized whole. Default: null. */
  readonly axis?: number | null | undefined;
}

/**
 * Instance normalization with keras-contrib's arithmetic, for models that were trained with it:
 * y = gamma · (x − mean) / (√variance + epsilon) + beta, with epsilon outside the root. With `axis: null` there is one
 * mean and one variance for the whole sample, and gamma and beta have the shape [1]. Otherwise there is one of each for
 * each channel.
 *
 * @throws NormkitError where the axis does not fit the input.
 * @see keras-contrib `InstanceNormalization`. Keras files mean this class by the name.
 */
export class ContribInstanceNormalization extends AffineLayer {
  static override className = 'InstanceNormalization';
  /**
   * All settings: no other class of this name adds epsilon outside the root, so a file must show that it means this
   * one.
   */
  static readonly written: WrittenSettings = {
    author: 'keras-contrib',
    settings: [
      'axis',
      ...affineSettings,
      'beta_initializer',
      'gamma_initializer',
      'beta_regularizer',
      'gamma_regularizer',
      'beta_constraint',
      'gamma_constraint',
    ],
  };

  readonly axis: number | null;

  constructor(args: ContribInstanceNormalizationArgs = {}) {
    super(args, ['axis', ...affineArguments]);
    this.axis = args.axis == null ? null : checkChannelAxisArgument(this.label, args.axis);
  }

  /**
   * A config with `groups` belongs to TensorFlow Addons' layer, saved without the name of its package.
   *
   * @throws NormkitError where Keras wrote the config and settings are missing that both packages write: then the
   * config belongs to another class.
   */
  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    const { className, written } = ContribInstanceNormalization;
    const missing = wroteKeras(config) ? missingSettings(className, written, config) : undefined;
    if (missing) throw new NormkitError(className, 'config', missing);
    if ('groups' in config) return InstanceNormalization.fromConfig(InstanceNormalization, config) as unknown as T;
    return AffineLayer.fromConfig(cls, config);
  }

  static meaning({ axis }: ContribInstanceNormalization): Meaning {
    const channel = axis === null ? '' : ` and each channel of axis ${axis}`;
    return `statistics of each sample${channel}; epsilon is added to the deviation (keras-contrib)`;
  }

  protected override createWeights(shape: Shape): void {
    const extents = this.knownExtents(shape);
    this.createGammaAndBeta(this.axis === null ? [1] : extents);
    this.fixInput(shape, []);
  }

  protected override knownAxes(shape: OpenShape): number[] {
    if (this.axis === null) {
      if (shape.length > 1) return [];
      throw new NormkitError(
        this.label,
        'axis',
        `the input must have axes beside the batch. Got shape ${shapeText(shape)}.`,
      );
    }
    const axis = checkAxis(this.label, this.axis, shape);
    if (shape.length > 2 && axis !== 0) return [axis];
    throw new NormkitError(
      this.label,
      'axis',
      `axis ${this.axis} leaves nothing to normalize in an input of shape ${shapeText(shape)}; leave axis out to normalize each sample whole.`,
    );
  }

  protected override normalize(input: tf.Tensor, kwargs: CallArguments): tf.Tensor {
    const x = tf.cast(input, 'float32');
    const axis = this.axis === null ? undefined : checkAxis(this.label, this.axis, x.shape);
    const reduced = x.shape.map((_, index) => index).filter((index) => index !== 0 && index !== axis);
    const { centered, variance } = weightedMoments(x, reduced, this.statisticsMask(input, kwargs));
    // The root of 0 has no gradient. The output of a constant sample is beta, and its gradient is 0.
    const deviation = tf.sqrt(tf.maximum(variance, 1e-30));
    const normalized = tf.div(centered, tf.add(deviation, this.epsilon));
    const { gamma, beta } = this.affine();
    const shaped = (parameter: tf.Tensor) => alongAxes(parameter, axis === undefined ? [] : [axis], x);
    const scaled = gamma ? tf.mul(normalized, shaped(gamma)) : normalized;
    return beta ? tf.add(scaled, shaped(beta)) : scaled;
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), axis: this.axis };
  }
}
