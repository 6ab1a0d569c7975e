import type { serialization } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { InputSpec, initializers, type LayerVariable, type layers, type Shape } from '@tensorflow/tfjs-layers';
import type { CallArguments } from '../abstract-layers/keras-layer.ts';
import { l2Normalize } from '../unit-normalization.ts';
import { interceptWrites } from '../weights/guarded-weight.ts';
import { LayerWrapper, type LayerWrapperArgs } from './layer-wrapper.ts';
import { type Fields, kernelOf, weightOf } from './wrapped-kernel.ts';

export interface WeightNormalizationArgs extends LayerWrapperArgs {
  /**
   * Whether the first batch sets g and the bias, as in TensorFlow Addons: g to 1 / σ, the bias to −m / σ. m and σ are
   * mean and deviation of the outputs with v as the kernel. The outputs then have the variance 1 / ‖v‖² and the mean
   * m / σ · (1 / ‖v‖ − 1): 1 and 0 where ‖v‖ is 1. With false, g is ‖v‖, and at first the wrapper changes nothing.
   * Default: true.
   */
  readonly dataInit?: boolean | undefined;
}

/**
 * Weight normalization of a layer's kernel: kernel = g · v / ‖v‖, with the length over all axes but the last. Trained
 * are g, [last extent], and v, which is the layer's own kernel weight. The first call sets g.
 *
 * @throws NormkitError where the layer has no kernel.
 * @see Salimans and Kingma 2016, arXiv:1602.07868; TensorFlow Addons `WeightNormalization`.
 */
export class WeightNormalization extends LayerWrapper {
  static override className = 'Addons>WeightNormalization';

  readonly dataInit: boolean;
  /** The length of the kernel; there once the layer is built. */
  g: LayerVariable | undefined;
  private initialized: LayerVariable | undefined;
  private isInitialized: boolean | undefined;
  /** Copies of the initial weights. The first batch sets g from them, as in TensorFlow Addons. */
  private readonly first = new Map<string, LayerVariable>();

  constructor(args: WeightNormalizationArgs) {
    super(args, ['dataInit']);
    this.dataInit = this.flag('dataInit', args.dataInit, true);
  }

  protected override createWeights(shape: Shape): void {
    this.buildInner(shape);
    const kernel = this.kernel();
    this.g = this.createWeight('g', [kernel.shape.at(-1) ?? 1], { initializer: initializers.ones() });
    this.initialized = this.createWeight('initialized', [], {
      dtype: 'bool',
      initializer: initializers.zeros(),
      trainable: false,
    });
    // A file may set this weight, so it is read again before the next call.
    interceptWrites(this.initialized, (value, write) => {
      this.isInitialized = undefined;
      write(value);
    });
    for (const name of this.dataInit ? ['kernel', 'bias'] : []) this.copyWeight(name);
    this.inputSpec = [new InputSpec({ shape: [null, ...shape.slice(1)] })];
  }

  private copyWeight(name: string): void {
    const weight = weightOf(this.layer, name);
    if (!weight) return;
    const copy = this.createWeight(`data_dep_init/${name}`, weight.shape, {
      initializer: initializers.zeros(),
      trainable: false,
    });
    this.first.set(name, copy.write(weight.read()));
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: CallArguments): tf.Tensor | tf.Tensor[] {
    return tf.tidy(() => {
      this.checkBuilt();
      this.invokeCallHook(inputs, kwargs);
      if (!this.isSet()) this.initialize(inputs, kwargs);
      return callWith(this.layer, { kernel: constant(this.normalizedKernel()) }, inputs, kwargs);
    });
  }

  /**
   * The wrapped layer, with g · v / ‖v‖ as its kernel, or as it is where no call has set g yet. At inference it
   * computes what the wrapper computed. The wrapper disposes its own weights, and cannot be called again.
   *
   * @throws NormkitError where the wrapper is not built.
   */
  remove(): layers.Layer {
    this.checkBuilt();
    tf.tidy(() => {
      if (this.isSet()) this.kernel().write(this.normalizedKernel());
    });
    this.discardWeights();
    return this.layer;
  }

  /** Whether a call or a file has set g. The answer is on the device, so it is read once. */
  private isSet(): boolean {
    this.isInitialized ??= this.initialized?.read().dataSync()[0] === 1;
    return this.isInitialized;
  }

  private kernel(): LayerVariable {
    return kernelOf(this.label, this.layer, ['kernel']);
  }

  private normalizedKernel(): tf.Tensor {
    const v = this.kernel().read();
    const direction = l2Normalize(v, leadingAxes(v));
    return this.g ? tf.mul(direction, this.g.read()) : direction;
  }

  private initialize(inputs: tf.Tensor | tf.Tensor[], kwargs: CallArguments): void {
    if (this.dataInit) this.initializeByData(inputs, kwargs);
    else {
      const v = this.kernel().read();
      this.g?.write(tf.sqrt(tf.sum(tf.square(v), leadingAxes(v))));
    }
    this.initialized?.write(tf.scalar(true, 'bool'));
    this.isInitialized = true;
  }

  private initializeByData(inputs: tf.Tensor | tf.Tensor[], kwargs: CallArguments): void {
    const y = callWith(
      this.layer,
      { ...Object.fromEntries(this.first), activation: linear },
      inputs,
      kwargs,
    ) as tf.Tensor;
    const { mean, variance } = tf.moments(y, leadingAxes(y));
    const factor = tf.rsqrt(tf.add(variance, 1e-10));
    this.g?.write(tf.mul(this.g.read(), factor));
    weightOf(this.layer, 'bias')?.write(tf.neg(tf.mul(mean, factor)));
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), dataInit: this.dataInit };
  }
}

/** {@link WeightNormalization}, as TensorFlow.js's own layers are made. */
export function weightNormalization(args: WeightNormalizationArgs): WeightNormalization {
  return new WeightNormalization(args);
}

/** An activation as TensorFlow.js's layers hold it, which leaves the values as they are. */
const linear = { getClassName: () => 'linear', apply: (x: tf.Tensor) => x };

/** Calls a layer with other values in some of its fields. */
function callWith(layer: layers.Layer, fields: Fields, inputs: tf.Tensor | tf.Tensor[], kwargs: CallArguments) {
  const own = Object.fromEntries(Object.keys(fields).map((name) => [name, (layer as unknown as Fields)[name]]));
  Object.assign(layer, fields);
  try {
    return layer.call(inputs, kwargs);
  } finally {
    Object.assign(layer, own);
  }
}

/** Stands for a weight in a layer's field, and reads as this value. */
function constant(value: tf.Tensor): Pick<LayerVariable, 'read'> {
  return { read: () => value };
}

function leadingAxes({ rank }: tf.Tensor): number[] {
  return Array.from({ length: rank - 1 }, (_, axis) => axis);
}
