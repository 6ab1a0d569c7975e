import { defineNorm, type NormOptions } from './define-norm.ts';
import { type ChannelAxis, groupedChannelsOf } from './grouped-channels.ts';

interface GroupNormGrouping extends ChannelAxis {
  /** How many groups of consecutive channels: a divisor of their number, or -1 for one group per channel. Default: 32. */
  readonly groups?: number | undefined;
}

export interface GroupNormOptions extends NormOptions<GroupNormGrouping> {}

/**
 * Group normalization: y = gamma · (x − mean) / √(variance + epsilon) + beta, with mean and population variance per
 * sample and group of consecutive channels. Defaults: groups 32, axis -1, epsilon 1e-3.
 *
 * x: float32 (int32 and bool are cast), two axes or more, of which axis 0 is the batch. gamma, beta: [channels].
 * Returns y, of x's shape. Differentiable in x, gamma, beta and mask, any number of times.
 *
 * @throws NormkitError where an argument does not fit the others; nothing has been computed then.
 * @see Wu and He 2018, arXiv:1803.08494; Keras `GroupNormalization`.
 */
export const groupNorm = defineNorm<GroupNormGrouping>({
  name: 'groupNorm',
  options: { groups: 32, axis: -1 },
  epsilon: 1e-3,
  parameters: ['gamma', 'beta'],
  useMean: true,
  reference: 'Wu and He 2018, arXiv:1803.08494; Keras GroupNormalization',
  axesOf: (op, shape, { axis, groups }) => groupedChannelsOf(op, shape, axis, groups),
});
