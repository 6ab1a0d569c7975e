import { rmsNorm } from '@normkit/core';
import { checkEpsilon, type OpenShape } from '@normkit/core/checks';
import type { serialization } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import type { CallArguments } from './abstract-layers/keras-layer.ts';
import { NormalizationLayer, type NormalizationLayerArgs } from './abstract-layers/normalization-layer.ts';
import { checkAxesArgument } from './arguments/axis-argument.ts';
import type { Meaning, TorchWeights, WrittenSettings } from './registry/layer-class.ts';

export interface RMSNormalizationArgs extends NormalizationLayerArgs {
  /** The axis or axes that are normalized together, in any order. Default: -1. */
  readonly axis?: number | readonly number[] | undefined;
  /** Is added to the mean square under the root. Default: 1e-6. */
  readonly epsilon?: number | undefined;
  /** Multiplies by 1 + scale, with scale 0 at first, as Gemma does. Default: false. */
  readonly zeroCentered?: boolean | undefined;
}

/**
 * Root mean square normalization: y = scale · x / √(mean(x²) + epsilon) over `axis`. scale: the extents of the axes, in
 * ascending order of axis, 1 at first.
 *
 * @throws NormkitError where an axis is out of bounds or named twice, or its extent is not defined.
 * @see Zhang and Sennrich 2019, arXiv:1910.07467; Keras `RMSNormalization`; KerasHub's Gemma for `zeroCentered`.
 */
export class RMSNormalization extends NormalizationLayer {
  static override className = 'RMSNormalization';
  static readonly torch: TorchWeights = { scale: { name: 'weight' } };
  static readonly written: WrittenSettings = { author: 'Keras', settings: ['axis', 'epsilon'] };

  /** As it was given. Building the layer replaces it by a sorted list, counted from the front, as in Keras. */
  axis: number | readonly number[];
  readonly epsilon: number;
  readonly zeroCentered: boolean;
  /** Multiplies the normalized values. Undefined until the layer is built. */
  scale: LayerVariable | undefined;

  constructor(args: RMSNormalizationArgs = {}) {
    super(args, ['axis', 'epsilon', 'zeroCentered', 'maskStatistics']);
    this.axis = checkAxesArgument(this.label, args.axis ?? -1);
    this.epsilon = checkEpsilon(this.label, args.epsilon ?? 1e-6);
    this.zeroCentered = this.flag('zeroCentered', args.zeroCentered, false);
  }

  static meaning({ axis }: RMSNormalization): Meaning {
    return { norm: rmsNorm, options: { axis } };
  }

  protected override knownAxes(shape: OpenShape): number[] {
    return this.parameterAxes(rmsNorm, shape, { axis: this.axis });
  }

  protected override createWeights(shape: Shape): void {
    const initializer = this.zeroCentered ? initializers.zeros() : initializers.ones();
    this.scale = this.createWeight('scale', this.knownExtents(shape), { initializer });
    this.fixInput(shape);
    this.axis = this.knownAxes(shape);
  }

  protected override normalize(x: tf.Tensor, kwargs: CallArguments): tf.Tensor {
    const { axis, epsilon } = this;
    return rmsNorm(x, { axis, epsilon, gamma: this.gamma(), mask: this.statisticsMask(x, kwargs) });
  }

  private gamma(): tf.Tensor | undefined {
    const scale = this.scale?.read();
    return scale && this.zeroCentered ? tf.add(scale, 1) : scale;
  }

  override getConfig(): serialization.ConfigDict {
    const axis = typeof this.axis === 'number' ? this.axis : [...this.axis];
    const config = { ...super.getConfig(), axis, epsilon: this.epsilon };
    return this.zeroCentered ? { ...config, zeroCentered: true } : config;
  }
}

/** {@link RMSNormalization}, as TensorFlow.js's own layers are made. */
export function rmsNormalization(args: RMSNormalizationArgs = {}): RMSNormalization {
  return new RMSNormalization(args);
}
