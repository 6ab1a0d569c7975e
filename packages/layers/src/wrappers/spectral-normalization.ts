import { NormkitError } from '@normkit/core';
import { valueText } from '@normkit/core/checks';
import type { serialization } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import type { CallArguments } from '../abstract-layers/keras-layer.ts';
import type { WrittenSettings } from '../registry/layer-class.ts';
import { LayerWrapper, type LayerWrapperArgs } from './layer-wrapper.ts';
import { kernelOf } from './wrapped-kernel.ts';

export interface SpectralNormalizationArgs extends LayerWrapperArgs {
  /** How many steps of power iteration per step of training. Default: 1. */
  readonly powerIterations?: number | undefined;
}

/** TensorFlow Addons has the layer with another name of the vector. */
const addonsName = 'Addons>SpectralNormalization';

/**
 * Spectral normalization of a layer's kernel (or embeddings). Each step of training divides the kernel by its largest
 * singular value. Power iterations find it, starting from the vector `vector_u`, [1, last extent]. The kernel counts as
 * a matrix: its last axis, and all other axes as one. Inference and a frozen layer leave the kernel as it is.
 *
 * @throws NormkitError where the layer has neither kernel nor embeddings.
 * @see Miyato et al. 2018, arXiv:1802.05957; Keras `SpectralNormalization`.
 */
export class SpectralNormalization extends LayerWrapper {
  static override className = 'SpectralNormalization';
  static readonly aliases: readonly string[] = [addonsName];
  static readonly written: WrittenSettings = { author: 'Keras', settings: ['layer', 'power_iterations'] };

  readonly powerIterations: number;
  private vector: LayerVariable | undefined;

  constructor(args: SpectralNormalizationArgs) {
    super(args, ['powerIterations']);
    this.powerIterations = checkPowerIterations(this.label, args.powerIterations ?? 1);
  }

  protected override createWeights(shape: Shape): void {
    this.buildInner(shape);
    const last = this.kernel().shape.at(-1) ?? 1;
    const name = this.getClassName() === addonsName ? 'sn_u' : 'vector_u';
    this.vector = this.createWeight(name, [1, last], {
      initializer: initializers.truncatedNormal({ mean: 0, stddev: 0.02 }),
      trainable: false,
    });
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: CallArguments): tf.Tensor | tf.Tensor[] {
    return tf.tidy(() => {
      this.checkBuilt();
      this.invokeCallHook(inputs, kwargs);
      if (this.isTraining(kwargs)) this.normalizeKernel();
      return this.layer.call(inputs, kwargs);
    });
  }

  private kernel(): LayerVariable {
    return kernelOf(this.label, this.layer, ['kernel', 'embeddings']);
  }

  /** As in Keras, the optimizer's next step applies the constraints of the kernel. */
  private normalizeKernel(): void {
    if (!this.vector) return;
    const [kernel, vector] = [this.kernel().read() as tf.Variable, this.vector.read() as tf.Variable];
    const matrix = tf.reshape(kernel, [-1, kernel.shape.at(-1) ?? 1]);
    let u: tf.Tensor = vector;
    let v: tf.Tensor = u;
    for (let step = 0; step < this.powerIterations; step++) {
      v = unit(tf.matMul(u, matrix, false, true));
      u = unit(tf.matMul(v, matrix));
    }
    const sigma = tf.reshape(tf.matMul(tf.matMul(v, matrix), u, false, true), []);
    // A kernel of zeros has no direction: the kernel and the vector stay as they are.
    const isZero = tf.all(tf.equal(kernel, 0));
    const [nextKernel, nextVector] = [tf.where(isZero, kernel, tf.div(kernel, sigma)), tf.where(isZero, vector, u)];
    kernel.assign(nextKernel);
    vector.assign(nextVector);
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), powerIterations: this.powerIterations };
  }
}

/** {@link SpectralNormalization}, as TensorFlow.js's own layers are made. */
export function spectralNormalization(args: SpectralNormalizationArgs): SpectralNormalization {
  return new SpectralNormalization(args);
}

function unit(vector: tf.Tensor): tf.Tensor {
  return tf.div(vector, tf.maximum(tf.norm(vector), 1e-12));
}

function checkPowerIterations(layer: string, count: unknown): number {
  if (typeof count === 'number' && Number.isInteger(count) && count > 0) return count;
  throw new NormkitError(
    layer,
    'powerIterations',
    `powerIterations must be a positive integer. Got ${valueText(count)}; 1 is usual.`,
  );
}
