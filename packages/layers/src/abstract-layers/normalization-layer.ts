import type { GroupingOptions, NormDefinition } from '@normkit/core';
import type { OpenShape } from '@normkit/core/checks';
import { type serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { InputSpec, type Shape } from '@tensorflow/tfjs-layers';
import { definedExtents } from '../arguments/axis-argument.ts';
import { maskOfCall } from '../calls/mask-of-call.ts';
import { type CallArguments, KerasLayer, type LayerArgs } from './keras-layer.ts';

export interface NormalizationLayerArgs extends LayerArgs {
  /**
   * Whether a mask weighs the elements that enter the statistics. A Masking or Embedding layer makes such a mask. The
   * layer hands masks on in any case. Default: false; true for batch normalization, as in Keras.
   */
  readonly maskStatistics?: boolean | undefined;
}

/** What all normalization layers share: the output has the input's shape, and masks are handed on. */
export abstract class NormalizationLayer extends KerasLayer {
  readonly maskStatistics: boolean;
  private readonly masksByDefault: boolean;

  constructor(args: NormalizationLayerArgs, own: readonly string[], masksByDefault = false) {
    super(args, own);
    this.supportsMasking = true;
    this.masksByDefault = masksByDefault;
    this.maskStatistics = this.flag('maskStatistics', args.maskStatistics, masksByDefault);
  }

  override getConfig(): serialization.ConfigDict {
    const config = super.getConfig();
    // Keras refuses a config with a key that it does not know, so the default is not written.
    return this.maskStatistics === this.masksByDefault ? config : { ...config, maskStatistics: this.maskStatistics };
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    this.knownExtents(this.oneShape(inputShape));
    return inputShape;
  }

  override call(inputs: Tensor | Tensor[], kwargs: CallArguments): Tensor {
    return tidy(() => {
      const x = this.oneTensor(inputs);
      this.invokeCallHook(inputs, kwargs);
      return this.normalize(x, kwargs);
    });
  }

  /** The output of a call. The other tensors that this makes are disposed by {@link call}. */
  protected abstract normalize(x: Tensor, kwargs: CallArguments): Tensor;

  /**
   * The axes of an input whose extents have to be known before there is any data, in ascending order.
   *
   * @throws NormkitError where the layer cannot be applied to inputs of this shape.
   */
  protected abstract knownAxes(shape: OpenShape): number[];

  /** The axes whose extents gamma and beta have, as the definition of a norm says. */
  protected parameterAxes(
    { definition }: { readonly definition: NormDefinition },
    shape: OpenShape,
    options: GroupingOptions,
  ): number[] {
    // A definition takes an open extent for 0.
    const { axes, channels } = definition.axesOf(this.label, shape as readonly number[], options);
    // It lists an axis that is divided into groups as two axes: the groups, and the channels within a group.
    const inputAxes = shape.flatMap((_, axis) => (axis === channels?.axis ? [axis, axis] : [axis]));
    return [...new Set(inputAxes.filter((_, index) => axes[index]?.ownAffine))];
  }

  /** After this the layer takes inputs of this rank only, with the same extents along these axes. */
  protected fixInput(shape: Shape, axes: readonly number[] = this.knownAxes(shape)): void {
    const extents = Object.fromEntries(axes.map((axis) => [axis, shape[axis] ?? 0]));
    this.inputSpec = [new InputSpec({ ndim: shape.length, axes: extents })];
  }

  /** The mask of a call, as weights that broadcast to x. Undefined where masks do not enter the statistics. */
  protected statisticsMask(x: Tensor, kwargs: CallArguments): Tensor | undefined {
    return this.maskStatistics ? maskOfCall(this, this.label, x, kwargs) : undefined;
  }

  /**
   * The extents along {@link knownAxes}.
   *
   * @throws NormkitError where one of them is open.
   */
  protected knownExtents(shape: OpenShape): number[] {
    const why = { weights: 'gamma and beta have its size', advice: 'or choose another axis' };
    return definedExtents(this.label, shape, this.knownAxes(shape), why);
  }
}
