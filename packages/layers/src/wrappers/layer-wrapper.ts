import { NormkitError } from '@normkit/core';
import { valueText } from '@normkit/core/checks';
import type { serialization, Tensor } from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import { KerasLayer, type LayerArgs } from '../abstract-layers/keras-layer.ts';
import { argumentsOf } from '../arguments/layer-config.ts';
import { refuseOtherCopy } from '../arguments/other-copies.ts';
import type { Meaning } from '../registry/layer-class.ts';
import { registeredClass } from '../registry/registered-class.ts';

export interface LayerWrapperArgs extends LayerArgs {
  /** The layer whose kernel is normalized. */
  readonly layer: layers.Layer;
}

/**
 * A layer around another layer. Its weights are its own and then the other's. It leaves all but the kernel to the
 * other.
 */
export abstract class LayerWrapper extends KerasLayer {
  readonly layer: layers.Layer;

  constructor(args: LayerWrapperArgs, own: readonly string[]) {
    super(args, ['layer', ...own]);
    const { layer } = args;
    refuseOtherCopy(this.label, 'layer', layer);
    if (!(layer instanceof layers.Layer)) {
      throw new NormkitError(
        this.label,
        'layer',
        `layer must be a layer, such as tf.layers.dense({ units: 10 }). Got ${valueText(layer)}.`,
      );
    }
    this.layer = layer;
    this.supportsMasking = layer.supportsMasking;
    if (args.trainable === false) layer.trainable = false;
  }

  static meaning({ layer }: LayerWrapper): Meaning {
    return `normalizes the kernel of ${layer.name}, not its input`;
  }

  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    return new cls({ ...argumentsOf(config), layer: layerOf(cls.className, config['layer']) });
  }

  override getConfig(): serialization.ConfigDict {
    const layer = { className: this.layer.getClassName(), config: this.layer.getConfig() };
    return { ...super.getConfig(), layer };
  }

  override setFastWeightInitDuringBuild(value: boolean): void {
    super.setFastWeightInitDuringBuild(value);
    this.layer.setFastWeightInitDuringBuild(value);
  }

  protected buildInner(shape: Shape): void {
    if (!this.layer.built) this.layer.build(shape);
    this.layer.built = true;
    // A layer of TensorFlow.js freezes the weights that it has, and not the weights that it makes later.
    if (!this.trainable) this.layer.trainable = false;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return this.layer.computeOutputShape(inputShape);
  }

  override computeMask(inputs: Tensor | Tensor[], mask?: Tensor | Tensor[]): Tensor | Tensor[] {
    return this.layer.computeMask(inputs, mask);
  }

  override get trainable(): boolean {
    return super.trainable;
  }

  override set trainable(trainable: boolean) {
    super.trainable = trainable;
    this.layer.trainable = trainable;
  }

  override get trainableWeights(): LayerVariable[] {
    return [...super.trainableWeights, ...(this.isFrozen() ? [] : this.layer.trainableWeights)];
  }

  override set trainableWeights(weights: LayerVariable[]) {
    super.trainableWeights = weights;
  }

  override get nonTrainableWeights(): LayerVariable[] {
    return [...super.nonTrainableWeights, ...(this.isFrozen() ? this.layer.weights : this.layer.nonTrainableWeights)];
  }

  override set nonTrainableWeights(weights: LayerVariable[]) {
    super.nonTrainableWeights = weights;
  }

  override get losses(): layers.Layer['losses'] {
    return [...super.losses, ...this.layer.losses];
  }
}

function layerOf(wrapper: string, given: unknown): layers.Layer {
  const { className, class_name: snake, config } = (given ?? {}) as Record<string, unknown>;
  const name = className ?? snake;
  const known = typeof name === 'string' ? registeredClass(name) : undefined;
  if (!known || typeof config !== 'object' || config === null) {
    throw new NormkitError(
      wrapper,
      'layer',
      `layer must be the config of a layer, { className, config }, of a class that TensorFlow.js has. Got ${valueText(name ?? given)}.`,
    );
  }
  const [cls, fromConfig] = known;
  return fromConfig(cls, argumentsOf(config as Record<string, unknown>) as serialization.ConfigDict) as layers.Layer;
}
