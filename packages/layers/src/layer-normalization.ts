import { layerNorm } from '@normkit/core';
import type { OpenShape } from '@normkit/core/checks';
import type { serialization } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { type AffineArgs, AffineLayer, affineArguments, affineInTorch } from './abstract-layers/affine-layer.ts';
import type { CallArguments } from './abstract-layers/keras-layer.ts';
import { checkAxesArgument } from './arguments/axis-argument.ts';
import type { Meaning, TorchWeights, WrittenSettings } from './registry/layer-class.ts';
import { affineSettings } from './registry/written-settings.ts';
import { alongAxes } from './statistics/along-axes.ts';
import { weightedMoments } from './statistics/weighted-moments.ts';

export interface LayerNormalizationArgs extends AffineArgs {
  /**
   * The axis or axes that are normalized together, in any order. Of an image, 3 normalizes each pixel over its
   * channels, and [1, 2, 3] the whole. Default: -1.
   */
  readonly axis?: number | readonly number[] | undefined;
  /**
   * y = gamma · x / √(variance + epsilon): the mean is not subtracted, and there is no beta. Neither layer
   * normalization nor RMS normalization, which divides by the root of the mean square. Default: false.
   */
  readonly rmsScaling?: boolean | undefined;
}

/**
 * Layer normalization: y = gamma · (x − mean) / √(variance + epsilon) + beta, with mean and variance over `axis`, one
 * set for each index of the other axes. gamma and beta: the extents of the axes, in ascending order of axis.
 *
 * @throws NormkitError where an axis is out of bounds or named twice, or its extent is not defined.
 * @see Ba et al. 2016, arXiv:1607.06450; Keras `LayerNormalization`.
 */
export class LayerNormalization extends AffineLayer {
  static override className = 'LayerNormalization';
  static readonly torch: TorchWeights = affineInTorch;
  /** Not the axis: older versions do not write it. */
  static readonly written: WrittenSettings = { author: 'Keras', settings: affineSettings };

  /** As it was given. Building the layer replaces it by a sorted list, counted from the front, as in Keras. */
  axis: number | readonly number[];
  readonly rmsScaling: boolean;

  constructor(args: LayerNormalizationArgs = {}) {
    super(args, ['axis', 'rmsScaling', ...affineArguments]);
    this.axis = checkAxesArgument(this.label, args.axis ?? -1);
    this.rmsScaling = this.flag('rmsScaling', args.rmsScaling, false);
  }

  static meaning({ axis, rmsScaling }: LayerNormalization): Meaning {
    return {
      norm: layerNorm,
      options: { axis },
      ...(rmsScaling ? { remark: 'rmsScaling: the mean is not subtracted, and there is no beta' } : {}),
      warnings: (shape) => perPixel(shape, axis),
    };
  }

  protected override knownAxes(shape: OpenShape): number[] {
    return this.parameterAxes(layerNorm, shape, { axis: this.axis });
  }

  protected override createWeights(shape: Shape): void {
    this.createGammaAndBeta(this.knownExtents(shape), this.rmsScaling ? { scale: true, center: false } : this);
    this.fixInput(shape);
    this.axis = this.knownAxes(shape);
  }

  protected override normalize(x: tf.Tensor, kwargs: CallArguments): tf.Tensor {
    const { axis, epsilon } = this;
    const mask = this.statisticsMask(x, kwargs);
    const { gamma, beta } = this.affine();
    return this.rmsScaling && gamma
      ? this.scaled(tf.cast(x, 'float32'), gamma, mask)
      : layerNorm(x, { axis, epsilon, gamma, beta, mask });
  }

  private scaled(x: tf.Tensor, gamma: tf.Tensor, mask: tf.Tensor | undefined): tf.Tensor {
    const axes = this.knownAxes(x.shape);
    const { variance } = weightedMoments(x, axes, mask);
    return tf.mul(tf.mul(x, tf.rsqrt(tf.add(variance, this.epsilon))), alongAxes(gamma, axes, x));
  }

  override getConfig(): serialization.ConfigDict {
    const axis = typeof this.axis === 'number' ? this.axis : [...this.axis];
    const config = { ...super.getConfig(), axis };
    // Keras 2 does not know the key.
    return this.rmsScaling ? { ...config, rmsScaling: true } : config;
  }
}

/** {@link LayerNormalization}, as TensorFlow.js's own layers are made. */
export function layerNormalization(args: LayerNormalizationArgs = {}): LayerNormalization {
  return new LayerNormalization(args);
}

/**
 * Layer norm over the channels of an image is right in a ConvNeXt, and a slip where `axis: 3` was meant as "images".
 */
function perPixel(shape: readonly number[], axis: number | readonly number[] = -1): string[] {
  const last = shape.length - 1;
  const isLast = [axis].flat().every((entry) => entry === last || entry === -1);
  const positions = shape.slice(1, -1);
  if (shape.length < 4 || !isLast || positions.every((size) => size === 1)) return [];
  const whole = shape.map((_, index) => index).slice(1);
  return [
    `normalizes each of ${positions.join(' × ')} positions over its ${shape[last]} channels; for the whole sample use axis [${whole.join(', ')}].`,
  ];
}
