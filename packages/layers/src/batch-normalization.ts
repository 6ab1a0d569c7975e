import { batchNorm, batchNormWithStats } from '@normkit/core';
import { checkStatistic, inspectStatistic, type OpenShape } from '@normkit/core/checks';
import type { serialization } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import { AffineLayer, affineInTorch } from './abstract-layers/affine-layer.ts';
import type { CallArguments } from './abstract-layers/keras-layer.ts';
import { checkAxisArgument } from './arguments/axis-argument.ts';
import {
  type BatchNormalizationArgs,
  batchNormalizationArguments,
  checkMomentum,
  checkMovingAverage,
  type MovingAverage,
} from './arguments/batch-normalization-arguments.ts';
import type { Meaning, TorchWeights, WrittenSettings } from './registry/layer-class.ts';
import { affineSettings } from './registry/written-settings.ts';
import { moveAverage } from './statistics/moving-average.ts';
import { checkRenormClipping, Renormalization, type RenormClipping } from './statistics/renorm.ts';
import { type Initializer, initializerOf, objectConfig } from './weights/weight-objects.ts';

/** The weights that inference normalizes with. */
const statistics = ['moving_mean', 'moving_variance'];

/**
 * Batch normalization: y = gamma · (x − mean) / √(variance + epsilon) + beta. In training, mean and population variance
 * are taken of the batch, for each channel, and they move the averages `moving_mean` and `moving_variance`. Inference
 * normalizes with these averages. gamma, beta and the averages: [channels]. With `trainable: false` the layer is in
 * inference mode even in training, and its averages stand still. As in Keras, a mask enters the statistics in training.
 *
 * @throws NormkitError where the number of channels is not defined.
 * @see Ioffe and Szegedy 2015, arXiv:1502.03167; Ioffe 2017, arXiv:1702.03275; Keras `BatchNormalization`.
 */
export class BatchNormalization extends AffineLayer {
  static override className = 'BatchNormalization';
  /** TensorFlow 1 has the first name. On one device, the layer that synchronizes its statistics is the same too. */
  static readonly aliases: readonly string[] = ['BatchNormalizationV1', 'SyncBatchNormalization'];
  static readonly torch: TorchWeights = {
    ...affineInTorch,
    moving_mean: { name: 'running_mean', statistic: 'mean' },
    moving_variance: { name: 'running_var', statistic: 'variance', isUnbiased: true },
    num_batches_tracked: { name: 'num_batches_tracked' },
  };
  static readonly written: WrittenSettings = { author: 'Keras', settings: ['axis', 'momentum', ...affineSettings] };

  readonly axis: number;
  readonly momentum: number;
  readonly movingMeanInitializer: Initializer;
  readonly movingVarianceInitializer: Initializer;
  readonly movingAverage: MovingAverage;
  readonly batchStatisticsAtInference: boolean;
  readonly renorm: boolean;
  readonly renormClipping: RenormClipping;
  readonly renormMomentum: number;
  /** Undefined until the layer is built, as the other averages are. */
  movingMean: LayerVariable | undefined;
  movingVariance: LayerVariable | undefined;
  private renormalization: Renormalization | undefined;
  private batches: LayerVariable | undefined;

  constructor(args: BatchNormalizationArgs = {}) {
    super(args, batchNormalizationArguments, { maskStatistics: true });
    const { label } = this;
    this.axis = checkAxisArgument(label, args.axis ?? -1);
    this.momentum = checkMomentum(label, 'momentum', args.momentum ?? 0.99);
    this.movingMeanInitializer = initializerOf(label, 'movingMeanInitializer', args.movingMeanInitializer ?? 'zeros');
    this.movingVarianceInitializer = initializerOf(
      label,
      'movingVarianceInitializer',
      args.movingVarianceInitializer ?? 'ones',
    );
    this.movingAverage = checkMovingAverage(label, args.movingAverage ?? 'exponential');
    this.batchStatisticsAtInference = this.flag('batchStatisticsAtInference', args.batchStatisticsAtInference, false);
    this.renorm = this.flag('renorm', args.renorm, false);
    this.renormClipping = checkRenormClipping(label, args.renormClipping ?? {});
    this.renormMomentum = checkMomentum(label, 'renormMomentum', args.renormMomentum ?? 0.99);
  }

  static meaning({ axis }: BatchNormalization): Meaning {
    const warnings = (shape: readonly number[], batchIsKnown: boolean) => (batchIsKnown ? smallBatch(shape) : []);
    return { norm: batchNorm, options: { axis }, warnings };
  }

  protected override knownAxes(shape: OpenShape): number[] {
    return this.parameterAxes(batchNorm, shape, { axis: this.axis });
  }

  protected override createWeights(shape: Shape): void {
    const channels = this.knownExtents(shape);
    this.createGammaAndBeta(channels);
    const average = (name: string, initializer: Initializer) =>
      this.createWeight(name, channels, { initializer, trainable: false });
    this.movingMean = average('moving_mean', this.movingMeanInitializer);
    this.movingVariance = average('moving_variance', this.movingVarianceInitializer);
    if (this.renorm) {
      this.renormalization = new Renormalization(this, average, this.movingMean, this.movingVariance);
    }
    if (this.movingAverage === 'cumulative') {
      this.batches = this.createWeight('num_batches_tracked', [], {
        initializer: initializers.zeros(),
        trainable: false,
      });
    }
    this.fixInput(shape);
  }

  protected override normalize(x: tf.Tensor, kwargs: CallArguments): tf.Tensor {
    const { axis, epsilon } = this;
    if (this.isTraining(kwargs)) return this.train(x, this.statisticsMask(x, kwargs));
    // A graph may ask for the statistics of the batch by `training: true`. At inference the averages do not move.
    const asked = Boolean(kwargs?.['training']) && !this.isFrozen();
    const given = this.batchStatisticsAtInference || asked ? { mask: this.statisticsMask(x, kwargs) } : this.averages();
    return batchNorm(x, { axis, epsilon, ...this.affine(), ...given });
  }

  protected override inspectWeight(name: string, value: tf.Tensor): void {
    if (statistics.includes(name)) inspectStatistic(value);
  }

  /** Refuses averages that no data have. A file or a caller has written them. Training does not check its own. */
  private averages(): { mean: tf.Tensor | undefined; variance: tf.Tensor | undefined } {
    const [mean, variance] = [this.movingMean?.read(), this.movingVariance?.read()];
    if (mean) checkStatistic(this.label, 'moving_mean', 'mean', mean, 'its weight moving_mean');
    if (variance) checkStatistic(this.label, 'moving_variance', 'variance', variance, 'its weight moving_variance');
    return { mean, variance };
  }

  private train(x: tf.Tensor, mask: tf.Tensor | undefined): tf.Tensor {
    const { axis, epsilon, renormalization } = this;
    if (x.size === 0) return batchNorm(x, { axis, epsilon, ...this.affine() });
    const kept = this.keptOfAverages();
    if (renormalization) {
      const { y, mean, variance } = batchNormWithStats(x, { axis, epsilon, mask });
      return renormalization.train(y, { mean, variance }, this.affine(), kept);
    }
    const { y, mean, variance } = batchNormWithStats(x, { axis, epsilon, mask, ...this.affine() });
    if (this.movingMean) moveAverage(this.movingMean, mean, kept);
    if (this.movingVariance) moveAverage(this.movingVariance, variance, kept);
    return y;
  }

  /**
   * How much of the averages remains at this step. The mean over n + 1 batches keeps n / (n + 1) of the mean over n.
   */
  private keptOfAverages(): number | tf.Tensor {
    if (!this.batches) return this.momentum;
    const before = this.batches.read();
    const after = tf.add(before, 1);
    const kept = tf.div(before, after);
    this.batches.write(after);
    return kept;
  }

  override getConfig(): serialization.ConfigDict {
    const { renorm, renormClipping, renormMomentum, movingAverage, batchStatisticsAtInference } = this;
    // Not every Keras knows these keys, so a default is not written.
    return {
      ...super.getConfig(),
      axis: this.axis,
      momentum: this.momentum,
      movingMeanInitializer: objectConfig(this.movingMeanInitializer),
      movingVarianceInitializer: objectConfig(this.movingVarianceInitializer),
      ...(renorm ? { renorm, renormClipping: { ...renormClipping } as serialization.ConfigDict, renormMomentum } : {}),
      ...(movingAverage === 'cumulative' ? { movingAverage } : {}),
      ...(batchStatisticsAtInference ? { batchStatisticsAtInference } : {}),
    };
  }
}

/** {@link BatchNormalization}, as TensorFlow.js's own layers are made. */
export function batchNormalization(args: BatchNormalizationArgs = {}): BatchNormalization {
  return new BatchNormalization(args);
}

function smallBatch([size = 0]: readonly number[]): string[] {
  if (size < 1 || size > 4) return [];
  return [
    `a batch of ${size} has noisy statistics in training; use group normalization, renorm, or a larger batch, or freeze the layer.`,
  ];
}
