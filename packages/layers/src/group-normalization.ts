import { groupNorm, NormkitError } from '@normkit/core';
import { type OpenShape, valueText } from '@normkit/core/checks';
import type { serialization, Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { type AffineArgs, AffineLayer, affineArguments, affineInTorch } from './abstract-layers/affine-layer.ts';
import type { CallArguments } from './abstract-layers/keras-layer.ts';
import { checkChannelAxisArgument } from './arguments/axis-argument.ts';
import type { Meaning, TorchWeights, WrittenSettings } from './registry/layer-class.ts';
import { affineSettings } from './registry/written-settings.ts';
import { type GroupedValues, inContribGroups } from './statistics/contrib-groups.ts';

export interface GroupNormalizationArgs extends AffineArgs {
  /** How many groups of consecutive channels: a divisor of their number, or -1 for one per channel. Default: 32. */
  readonly groups?: number | undefined;
  /** The axis of the channels; not 0, which is the batch. Default: -1. */
  readonly axis?: number | undefined;
  /**
   * Makes groups as keras-contrib's layer of this name does: with channels last it divides the flattened values of a
   * sample, not the channels. Only for models that were trained with that layer. Their config does not tell. Default:
   * false.
   */
  readonly kerasContrib?: boolean | undefined;
}

/**
 * Group normalization: y = gamma · (x − mean) / √(variance + epsilon) + beta, with mean and variance per sample and
 * group of channels, over all other axes. gamma and beta: [channels].
 *
 * @throws NormkitError where the channels cannot be divided into the groups, or their number is not defined.
 * @see Wu and He 2018, arXiv:1803.08494; Keras `GroupNormalization`; TensorFlow Addons `GroupNormalization`.
 */
export class GroupNormalization extends AffineLayer {
  static override className = 'GroupNormalization';
  static readonly aliases: readonly string[] = ['Addons>GroupNormalization'];
  static readonly torch: TorchWeights = affineInTorch;
  static readonly written: WrittenSettings = { author: 'Keras', settings: ['groups', 'axis', ...affineSettings] };
  protected static readonly argumentNames: readonly string[] = ['groups', 'axis', ...affineArguments, 'kerasContrib'];
  protected static readonly defaultGroups: number = 32;

  readonly groups: number;
  readonly axis: number;
  readonly kerasContrib: boolean;

  constructor(args: GroupNormalizationArgs = {}) {
    super(args, new.target.argumentNames);
    this.groups = checkGroupsArgument(this.label, args.groups ?? new.target.defaultGroups);
    this.axis = checkChannelAxisArgument(this.label, args.axis ?? -1);
    this.kerasContrib = this.flag('kerasContrib', args.kerasContrib, false);
  }

  static meaning({ axis, groups, kerasContrib }: GroupNormalization): Meaning {
    return kerasContrib
      ? `statistics of each of ${groups} runs of the flattened sample, which mix its channels (keras-contrib)`
      : { norm: groupNorm, options: { axis, groups } };
  }

  protected override knownAxes(shape: OpenShape): number[] {
    return this.parameterAxes(groupNorm, shape, { axis: this.axis, groups: this.groups });
  }

  protected override createWeights(shape: Shape): void {
    this.createGammaAndBeta(this.knownExtents(shape));
    this.fixInput(shape);
  }

  protected override normalize(x: Tensor, kwargs: CallArguments): Tensor {
    const { groups, axis, epsilon } = this;
    const values = { x, axis, mask: this.statisticsMask(x, kwargs) };
    const normalize = ({ x: given, ...rest }: GroupedValues) =>
      groupNorm(given, { groups, epsilon, ...this.affine(), ...rest });
    return this.kerasContrib ? inContribGroups(values, groups, normalize) : normalize(values);
  }

  override getConfig(): serialization.ConfigDict {
    const config = { ...super.getConfig(), groups: this.groups, axis: this.axis };
    return this.kerasContrib ? { ...config, kerasContrib: true } : config;
  }
}

/** {@link GroupNormalization}, as TensorFlow.js's own layers are made. */
export function groupNormalization(args: GroupNormalizationArgs = {}): GroupNormalization {
  return new GroupNormalization(args);
}

function checkGroupsArgument(layer: string, groups: unknown): number {
  if (typeof groups === 'number' && Number.isInteger(groups) && (groups > 0 || groups === -1)) return groups;
  throw new NormkitError(
    layer,
    'groups',
    `groups must be a positive integer, or -1 for one group per channel. Got ${valueText(groups)}.`,
  );
}
