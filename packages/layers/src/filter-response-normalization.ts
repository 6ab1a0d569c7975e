import { NormkitError, rmsNorm } from '@normkit/core';
import { type OpenShape, shapeText, valueText } from '@normkit/core/checks';
import type { serialization } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import { type AffineArgs, AffineLayer, affineArguments } from './abstract-layers/affine-layer.ts';
import type { Meaning } from './registry/layer-class.ts';
import { type Constraint, type ConstraintLike, constraintOf, objectConfig } from './weights/weight-objects.ts';

export interface FilterResponseNormalizationArgs extends Omit<AffineArgs, 'center' | 'scale' | 'maskStatistics'> {
  /** The two axes of the image; no others are possible. Default: [1, 2]. */
  readonly axis?: readonly [1, 2] | undefined;
  /** Whether |learned_epsilon|, a weight of shape [1] that is 1e-4 at first, is added to epsilon. Default: false. */
  readonly learnedEpsilon?: boolean | undefined;
  readonly learnedEpsilonConstraint?: ConstraintLike | null | undefined;
}

/**
 * Filter response normalization: y = gamma · x / √(mean(x²) + |epsilon|) + beta, with the mean over height and width of
 * each sample and channel. Inputs: [batch, height, width, channels]. gamma, beta: [1, 1, 1, channels]. Default
 * epsilon: 1e-6.
 *
 * @throws NormkitError where the input has another rank, or its height, width or channels are not defined.
 * @see Singh and Krishnan 2019, arXiv:1911.09737; TensorFlow Addons `FilterResponseNormalization`.
 */
export class FilterResponseNormalization extends AffineLayer {
  static override className = 'Addons>FilterResponseNormalization';

  readonly axis: readonly [1, 2] = [1, 2];
  readonly learnedEpsilon: boolean;
  readonly learnedEpsilonConstraint: Constraint | undefined;
  /** Undefined until the layer is built, and where `learnedEpsilon` is false. */
  learnedEpsilonWeight: LayerVariable | undefined;

  constructor(args: FilterResponseNormalizationArgs = {}) {
    const parameters = affineArguments.filter((name) => !['center', 'scale', 'maskStatistics'].includes(name));
    super(args, ['axis', ...parameters, 'learnedEpsilon', 'learnedEpsilonConstraint'], { epsilon: 1e-6 });
    const { label } = this;
    checkSpatialAxes(label, args.axis ?? this.axis);
    this.learnedEpsilon = this.flag('learnedEpsilon', args.learnedEpsilon, false);
    this.learnedEpsilonConstraint = constraintOf(label, 'learnedEpsilonConstraint', args.learnedEpsilonConstraint);
  }

  static meaning(): Meaning {
    return 'mean square over height and width, for each sample and channel';
  }

  protected override knownAxes(shape: OpenShape): number[] {
    if (shape.length === 4) return [1, 2, 3];
    throw new NormkitError(
      this.label,
      'inputs',
      `the input must have four axes, [batch, height, width, channels]. Got shape ${shapeText(shape)}.`,
    );
  }

  protected override createWeights(shape: Shape): void {
    const [, , channels = 0] = this.knownExtents(shape);
    // Addons makes the learned epsilon before there is a shape, so it comes first.
    if (this.learnedEpsilon) {
      this.learnedEpsilonWeight = this.createWeight('learned_epsilon', [1], {
        initializer: initializers.constant({ value: 1e-4 }),
        constraint: this.learnedEpsilonConstraint,
      });
    }
    this.createGammaAndBeta([1, 1, 1, channels]);
    this.fixInput(shape);
  }

  protected override normalize(x: tf.Tensor): tf.Tensor {
    const { gamma, beta } = this.affine();
    const scaled = gamma ? tf.mul(this.normalized(x), gamma) : this.normalized(x);
    return beta ? tf.add(scaled, beta) : scaled;
  }

  private normalized(x: tf.Tensor): tf.Tensor {
    const { axis, epsilon } = this;
    const learned = this.learnedEpsilonWeight?.read();
    if (!learned) return rmsNorm(x, { axis, epsilon });
    const meanSquare = tf.mean(tf.square(x), [...axis], true);
    return tf.mul(x, tf.rsqrt(tf.add(meanSquare, tf.add(tf.abs(learned), epsilon))));
  }

  override getConfig(): serialization.ConfigDict {
    const { center: _, scale: __, ...config } = super.getConfig();
    const { learnedEpsilon, learnedEpsilonConstraint } = this;
    return {
      ...config,
      axis: [...this.axis],
      learnedEpsilon,
      learnedEpsilonConstraint: objectConfig(learnedEpsilonConstraint),
    };
  }
}

/** {@link FilterResponseNormalization}, as TensorFlow.js's own layers are made. */
export function filterResponseNormalization(args: FilterResponseNormalizationArgs = {}): FilterResponseNormalization {
  return new FilterResponseNormalization(args);
}

function checkSpatialAxes(layer: string, axis: unknown): void {
  if (Array.isArray(axis) && String(axis) === '1,2') return;
  throw new NormkitError(layer, 'axis', `axis must be [1, 2], the height and width. Got ${valueText(axis)}.`);
}
