import { defineNorm, type NormOptions } from './define-norm.ts';
import { type ChannelAxis, groupedChannelsOf } from './grouped-channels.ts';

export interface InstanceNormOptions extends NormOptions<ChannelAxis> {}

/**
 * Instance normalization: group normalization with one channel per group. Defaults: axis -1, epsilon 1e-3.
 *
 * x as for `groupNorm`. gamma, beta: [channels].
 *
 * @throws NormkitError where an argument does not fit the others.
 * @see Ulyanov et al. 2016, arXiv:1607.08022; TensorFlow Addons `InstanceNormalization`.
 */
export const instanceNorm = defineNorm<ChannelAxis>({
  name: 'instanceNorm',
  options: { axis: -1 },
  epsilon: 1e-3,
  parameters: ['gamma', 'beta'],
  useMean: true,
  reference: 'Ulyanov et al. 2016, arXiv:1607.08022; TensorFlow Addons InstanceNormalization',
  axesOf: (op, shape, { axis }) => groupedChannelsOf(op, shape, axis, -1),
});
