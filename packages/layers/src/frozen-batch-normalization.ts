import { batchNorm } from '@normkit/core';
import type { OpenShape } from '@normkit/core/checks';
import type { serialization } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import type { LayerArgs } from './abstract-layers/keras-layer.ts';
import { NormalizationLayer } from './abstract-layers/normalization-layer.ts';
import { checkAxisArgument } from './arguments/axis-argument.ts';
import type { Meaning, WrittenSettings } from './registry/layer-class.ts';

export interface FrozenBatchNormalizationArgs extends LayerArgs {
  /** The axis of the channels. Default: -1. */
  readonly axis?: number | undefined;
}

/**
 * Batch normalization at inference, as one multiply and add: y = scale · (x − mean) + beta, with the scale gamma /
 * √(variance + epsilon). Training computes the same, and trains none of the weights. The mean is not merged into beta:
 * where x and the mean are large, float32 would lose their difference. mean, scale, beta: [channels].
 *
 * `foldBatchNorm` puts it where a batch normalization cannot become part of another layer.
 *
 * @throws NormkitError where the number of channels is not defined.
 */
export class FrozenBatchNormalization extends NormalizationLayer {
  static override className = 'FrozenBatchNormalization';
  static readonly written: WrittenSettings = { author: '@normkit/layers', settings: ['axis'] };

  readonly axis: number;
  private mean: LayerVariable | undefined;
  private scale: LayerVariable | undefined;
  private beta: LayerVariable | undefined;

  constructor(args: FrozenBatchNormalizationArgs = {}) {
    super(args, ['axis']);
    this.axis = checkAxisArgument(this.label, args.axis ?? -1);
  }

  static meaning({ axis }: FrozenBatchNormalization): Meaning {
    return `one multiply and add for each channel of axis ${axis}: a batch normalization of inference`;
  }

  protected override knownAxes(shape: OpenShape): number[] {
    return this.parameterAxes(batchNorm, shape, { axis: this.axis });
  }

  protected override createWeights(shape: Shape): void {
    const channels = this.knownExtents(shape);
    const constant = (name: string, initializer: ReturnType<typeof initializers.ones>) =>
      this.createWeight(name, channels, { initializer, trainable: false });
    this.mean = constant('mean', initializers.zeros());
    this.scale = constant('scale', initializers.ones());
    this.beta = constant('beta', initializers.zeros());
    this.fixInput(shape);
  }

  protected override normalize(x: tf.Tensor): tf.Tensor {
    const [mean, gamma, beta] = [this.mean?.read(), this.scale?.read(), this.beta?.read()];
    const variance = mean && tf.onesLike(mean);
    return batchNorm(x, { axis: this.axis, epsilon: 0, mean, variance, gamma, beta });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), axis: this.axis };
  }
}
