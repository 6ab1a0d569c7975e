import { NormkitError } from '@normkit/core';
import { checkAxis, valueText } from '@normkit/core/checks';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { interceptWrites } from '../weights/guarded-weight.ts';
import type { Initializer } from '../weights/weight-objects.ts';
import { alongAxes } from './along-axes.ts';
import { moveAverage, setComputed } from './moving-average.ts';

/** Bounds of the corrections of batch renormalization: rmin ≤ r ≤ rmax and −dmax ≤ d ≤ dmax. */
export interface RenormClipping {
  readonly rmin?: number | null | undefined;
  readonly rmax?: number | null | undefined;
  readonly dmax?: number | null | undefined;
}

interface RenormSettings {
  readonly label: string;
  readonly axis: number;
  readonly epsilon: number;
  readonly renormClipping: RenormClipping;
  readonly renormMomentum: number;
  readonly movingMeanInitializer: Initializer;
  readonly movingVarianceInitializer: Initializer;
}

/**
 * Batch renormalization: y = (x̂ · r + d) · gamma + beta. The corrections r and d turn x̂ into x normalized with the
 * running statistics of before this step, while r and d are within their bounds. The gradient takes r and d for
 * constants. The moving average is of the deviation, not of the variance.
 *
 * @see Ioffe 2017, arXiv:1702.03275; Keras `BatchNormalization`.
 */
export class Renormalization {
  private readonly settings: RenormSettings;
  private readonly movingMean: LayerVariable;
  private readonly movingVariance: LayerVariable;
  private readonly movingDeviation: LayerVariable;
  private readonly mean: LayerVariable;
  private readonly deviation: LayerVariable;

  constructor(
    settings: RenormSettings,
    createAverage: (name: string, initializer: Initializer) => LayerVariable,
    movingMean: LayerVariable,
    movingVariance: LayerVariable,
  ) {
    this.settings = settings;
    this.movingMean = movingMean;
    this.movingDeviation = root(createAverage('moving_stddev', settings.movingVarianceInitializer));
    this.movingVariance = movingVariance;
    // The next step computes the variance from the deviation, so a variance that is written sets the deviation too.
    interceptWrites(movingVariance, (variance, write) => {
      write(variance);
      tf.tidy(() => setComputed(this.movingDeviation, tf.sqrt(tf.add(variance, settings.epsilon))));
    });
    this.mean = createAverage('renorm_mean', settings.movingMeanInitializer);
    this.deviation = root(createAverage('renorm_stddev', settings.movingVarianceInitializer));
  }

  /** Computes y from x̂ and the statistics of the batch, and moves the averages. */
  train(
    normalized: tf.Tensor,
    batch: { readonly mean: tf.Tensor; readonly variance: tf.Tensor },
    { gamma, beta }: { readonly gamma: tf.Tensor | undefined; readonly beta: tf.Tensor | undefined },
    kept: number | tf.Tensor,
  ): tf.Tensor {
    const deviation = tf.sqrt(tf.add(batch.variance, this.settings.epsilon));
    const { r, d } = this.corrections(batch.mean, deviation);
    this.move(batch.mean, deviation, kept);
    const factor = gamma ? tf.mul(r, gamma) : r;
    const shift = gamma ? tf.mul(d, gamma) : d;
    const channels = [checkAxis(this.settings.label, this.settings.axis, normalized.shape)];
    const y = tf.mul(normalized, alongAxes(factor, channels, normalized));
    return tf.add(y, alongAxes(beta ? tf.add(shift, beta) : shift, channels, normalized));
  }

  private corrections(mean: tf.Tensor, deviation: tf.Tensor): { r: tf.Tensor; d: tf.Tensor } {
    const { rmin, rmax, dmax } = this.settings.renormClipping;
    // Early in training the running deviation may be near 0.
    const running = tf.maximum(this.deviation.read(), Math.sqrt(this.settings.epsilon));
    const atLeast = rmin == null ? tf.div(deviation, running) : tf.maximum(tf.div(deviation, running), rmin);
    const d = tf.div(tf.sub(mean, this.mean.read()), running);
    return {
      r: constant(rmax == null ? atLeast : tf.minimum(atLeast, rmax)),
      d: constant(dmax == null ? d : tf.clipByValue(d, -dmax, dmax)),
    };
  }

  private move(mean: tf.Tensor, deviation: tf.Tensor, kept: number | tf.Tensor): void {
    const { renormMomentum, epsilon } = this.settings;
    moveAverage(this.mean, mean, renormMomentum);
    moveAverage(this.deviation, deviation, renormMomentum);
    moveAverage(this.movingMean, mean, kept);
    moveAverage(this.movingDeviation, deviation, kept);
    setComputed(this.movingVariance, tf.relu(tf.sub(tf.square(this.movingDeviation.read()), epsilon)));
  }
}

export function checkRenormClipping(layer: string, clipping: unknown): RenormClipping {
  const fault = clippingFault(clipping);
  if (fault === undefined) return clipping as RenormClipping;
  throw new NormkitError(layer, 'renormClipping', `renormClipping ${fault}.`);
}

function clippingFault(clipping: unknown): string | undefined {
  if (typeof clipping !== 'object' || clipping === null) {
    return `must be { rmin, rmax, dmax }, each of them a number or left out. Got ${valueText(clipping)}`;
  }
  for (const [name, bound] of Object.entries(clipping)) {
    if (!['rmin', 'rmax', 'dmax'].includes(name)) return `has the bounds rmin, rmax and dmax. Got '${name}'`;
    const isBound = bound == null || (typeof bound === 'number' && !Number.isNaN(bound));
    if (!isBound) return `must hold numbers. Got ${name} = ${valueText(bound)}`;
  }
  const { rmin, rmax, dmax } = clipping as RenormClipping;
  if (rmin != null && rmax != null && rmax < rmin) {
    return `must have rmax no smaller than rmin. Got rmin = ${rmin}, rmax = ${rmax}`;
  }
  return dmax != null && dmax < 0 ? `must have dmax 0 or more. Got ${dmax}` : undefined;
}

/** Replaces the value of a weight by its root. */
function root(weight: LayerVariable): LayerVariable {
  tf.tidy(() => {
    setComputed(weight, tf.sqrt(weight.read()));
  });
  return weight;
}

/** The same values, through which no gradient passes. */
function constant(values: tf.Tensor): tf.Tensor {
  return tf.customGrad((x) => ({
    value: tf.clone(x as tf.Tensor),
    gradFunc: () => tf.zerosLike(x as tf.Tensor),
  }))(values);
}
