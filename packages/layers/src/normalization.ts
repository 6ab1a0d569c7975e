import { NormkitError } from '@normkit/core';
import { checkAxes, type OpenShape, shapeText, valueText } from '@normkit/core/checks';
import * as tf from '@tensorflow/tfjs-core';
import { InputSpec, initializers, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import { type CallArguments, KerasLayer, type LayerArgs } from './abstract-layers/keras-layer.ts';
import { checkAxesArgument, definedExtents } from './arguments/axis-argument.ts';
import type { Meaning, WrittenSettings } from './registry/layer-class.ts';
import { type AdaptSource, adaptBatches } from './statistics/adapt-batches.ts';
import {
  broadcastStatistic,
  checkBroadcast,
  checkGivenStatistic,
  type GivenStatistics,
  givenStatistics,
  type StatisticName,
  type StatisticsLike,
} from './statistics/given-statistics.ts';
import { mergeAxes, momentsAlong } from './statistics/kept-axes.ts';
import { addMoments, noMoments } from './statistics/running-moments.ts';
import { interceptWrites } from './weights/guarded-weight.ts';

export interface NormalizationArgs extends LayerArgs {
  /** The axis or axes that have a mean and a variance for each of their indices; null: one for all. Default: -1. */
  readonly axis?: number | readonly number[] | null | undefined;
  /**
   * Must be given together with `variance`, in the shape of the axes or one that broadcasts to it. Default: weights of
   * the layer.
   */
  readonly mean?: StatisticsLike | null | undefined;
  readonly variance?: StatisticsLike | null | undefined;
  /** Whether the layer computes the reverse: x out of normalized values. Default: false. */
  readonly invert?: boolean | undefined;
}

/** Keras's backend epsilon. It replaces a smaller deviation. */
const smallestDeviation = 1e-7;

/**
 * Keras's preprocessing layer: y = (x − mean) / max(√variance, 1e-7), or the reverse with `invert`. Mean and variance
 * are arguments or weights. A file or {@link Normalization.adapt} sets the weights. The layer computes no statistics of
 * its input, and trains nothing. Weights: mean and variance, with the extents of the axes in ascending order of axis,
 * and count, the number of values of each channel that `adapt` has seen.
 *
 * @throws NormkitError where an axis is out of bounds or named twice, or its extent is not defined, where one of mean
 * and variance is missing, and where a variance is negative, infinite or NaN.
 * @see Keras `Normalization`.
 */
export class Normalization extends KerasLayer {
  static override className = 'Normalization';
  static readonly written: WrittenSettings = { author: 'Keras', settings: ['axis'] };

  readonly axis: number | readonly number[] | null;
  readonly invert: boolean;
  private readonly given: GivenStatistics | undefined;
  /** Undefined until the layer is built, and where mean and variance are arguments. */
  mean: LayerVariable | undefined;
  variance: LayerVariable | undefined;
  count: LayerVariable | undefined;

  constructor(args: NormalizationArgs = {}) {
    super(args, ['axis', 'mean', 'variance', 'invert']);
    const { label } = this;
    const { axis = -1 } = args;
    // Keras writes null as an empty list.
    const isNone = axis === null || (Array.isArray(axis) && axis.length === 0);
    this.axis = isNone ? null : checkAxesArgument(label, axis);
    this.invert = this.flag('invert', args.invert, false);
    this.supportsMasking = true;
    this.given = givenStatistics(label, args.mean, args.variance);
  }

  static meaning({ axis }: Normalization): Meaning {
    const which = axis === null ? 'of all values' : `for each index of axis ${String(axis)}`;
    return `by a mean and a variance ${which}, which were given or adapted: nothing is computed from its input`;
  }

  /** Here `axis: null` means all axes. In other layers a setting that is null means the default. */
  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    { axis, buildInputShape: _, build_input_shape: __, ...config }: tf.serialization.ConfigDict,
  ): T {
    return KerasLayer.fromConfig(cls, { ...config, ...(axis === undefined ? {} : { axis: axis ?? [] }) });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    this.keptExtents(this.oneShape(inputShape));
    return inputShape;
  }

  protected override createWeights(shape: Shape): void {
    const axes = this.keptAxes(shape);
    const extents = this.keptExtents(shape);
    if (this.given) {
      for (const name of ['mean', 'variance'] as const) checkBroadcast(this.label, name, this.given[name], extents);
    } else {
      const options = { initializer: initializers.zeros(), trainable: false };
      this.mean = this.createWeight('mean', extents, options);
      this.variance = this.createWeight('variance', extents, { ...options, initializer: initializers.ones() });
      this.count = this.createWeight('count', [], { ...options, dtype: 'int32' });
      // Keras counts in 64 bits. Files for TensorFlow.js hold the count as an int32 or a float32.
      interceptWrites(this.count, (value, write) => tf.tidy(() => write(tf.cast(value, 'int32'))));
    }
    const sizes = Object.fromEntries(axes.map((axis, index) => [axis, extents[index] ?? 0]));
    this.inputSpec = [new InputSpec({ ndim: shape.length, axes: sizes })];
  }

  protected override inspectWeight(name: string, value: tf.Tensor): void {
    if (name !== 'mean' && name !== 'variance') return;
    const values = readable(value);
    if (values) checkGivenStatistic(this.label, name, values);
  }

  private keptAxes(shape: OpenShape): number[] {
    return this.axis === null ? [] : checkAxes(this.label, this.axis, shape);
  }

  private keptExtents(shape: OpenShape): number[] {
    const why = {
      weights: 'there is a mean for each of its indices',
      advice: 'choose another axis, or axis: null for one mean',
    };
    return definedExtents(this.label, shape, this.keptAxes(shape), why);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: CallArguments): tf.Tensor {
    return tf.tidy(() => {
      const x = tf.cast(this.oneTensor(inputs), 'float32');
      this.invokeCallHook(inputs, kwargs);
      const merged = mergeAxes(x.shape, this.keptAxes(x.shape));
      const broadcast = (values: tf.Tensor) =>
        tf.reshape(
          values,
          merged.map(({ size, isKept }) => (isKept ? size : 1)),
        );
      const values = tf.reshape(
        x,
        merged.map(({ size }) => size),
      );
      const extents = this.keptExtents(x.shape);
      const mean = broadcast(this.statistic('mean', extents));
      const deviation = tf.maximum(tf.sqrt(broadcast(this.statistic('variance', extents))), smallestDeviation);
      const y = this.invert ? tf.add(tf.mul(values, deviation), mean) : tf.div(tf.sub(values, mean), deviation);
      return tf.reshape(y, x.shape);
    });
  }

  private statistic(name: StatisticName, extents: readonly number[]): tf.Tensor {
    const weight = this[name]?.read();
    if (weight) return weight;
    return this.given ? broadcastStatistic(this.given[name], extents) : tf.zeros([...extents]);
  }

  /**
   * Sets mean and variance to the statistics of these samples, in double precision, as if they were one batch. Sets the
   * count to the number of values of each channel. Earlier statistics are forgotten. Builds the layer if it is not
   * built.
   *
   * @throws NormkitError where mean and variance were given as arguments, where there are no samples or their shape
   * does not fit, and, with the channel, where they are not finite. Then the layer keeps the statistics that it had.
   */
  async adapt(data: AdaptSource): Promise<void> {
    if (this.given) {
      throw new NormkitError(
        this.label,
        'data',
        'mean and variance were given as arguments, and stay. Leave them out of the arguments to adapt the layer.',
      );
    }
    let moments = noMoments(0);
    for await (const samples of adaptBatches(this.label, data)) {
      const kept = this.buildFor(samples);
      if (moments.count === 0) moments = noMoments(this.mean?.read().size ?? 0);
      if (samples.size === 0) continue;
      const { mean, variance } = momentsAlong(samples, kept);
      const values = await Promise.all([mean.data(), variance.data()]);
      tf.dispose([mean, variance]);
      moments = addMoments(moments, { mean: values[0], variance: values[1], count: samples.size / mean.size });
    }
    const { count, mean, squares } = moments;
    if (count === 0) {
      throw new NormkitError(this.label, 'data', 'there must be samples. Got none.');
    }
    const variance = squares.map((value) => value / count);
    checkGivenStatistic(this.label, 'mean', mean);
    checkGivenStatistic(this.label, 'variance', variance);
    tf.tidy(() => {
      this.mean?.write(tf.tensor([...mean], this.mean.shape as number[], 'float32'));
      this.variance?.write(tf.tensor([...variance], this.variance.shape as number[], 'float32'));
      this.count?.write(tf.scalar(Math.min(count, 2 ** 31 - 1), 'int32'));
    });
  }

  /** Builds the layer by a call, which gives its weights their names. Returns the axes that have statistics. */
  private buildFor(samples: tf.Tensor): number[] {
    if (!this.built) tf.dispose(this.apply(samples) as tf.Tensor);
    const extents = this.keptExtents(samples.shape);
    if (shapeText(extents) === shapeText(this.mean?.shape ?? [])) return this.keptAxes(samples.shape);
    throw new NormkitError(
      this.label,
      'data',
      `each sample must have the extents ${shapeText(this.mean?.shape ?? [])} along axis ${valueText(this.axis)}. Got shape ${shapeText(samples.shape)}, with the batch.`,
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    const axis = typeof this.axis === 'number' || this.axis === null ? this.axis : [...this.axis];
    const [mean, variance] = [this.given?.mean.given ?? null, this.given?.variance.given ?? null];
    return { ...super.getConfig(), axis, invert: this.invert, mean, variance } as tf.serialization.ConfigDict;
  }
}

/** {@link Normalization}, as TensorFlow.js's own layers are made. */
export function normalization(args: NormalizationArgs = {}): Normalization {
  return new Normalization(args);
}

/** Undefined on a backend that cannot read without waiting. Values on its device were computed by this program. */
function readable(value: tf.Tensor): ArrayLike<number> | undefined {
  try {
    return value.dataSync();
  } catch {
    return undefined;
  }
}
