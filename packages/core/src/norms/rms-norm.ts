import { defineNorm, type NormOptions } from './define-norm.ts';
import { type NormalizedAxes, normalizedAxesOf } from './normalized-axes.ts';

export interface RmsNormOptions extends NormOptions<NormalizedAxes, 'gamma'> {}

/**
 * Root mean square normalization: y = gamma · x / √(mean(x²) + epsilon) over `axis`. Defaults: axis -1, epsilon 1e-6.
 *
 * x as for `layerNorm`. gamma: the extents of the axes, in ascending order of axis.
 *
 * @throws NormkitError where an argument does not fit the others.
 * @see Zhang and Sennrich 2019, arXiv:1910.07467; Keras `RMSNormalization`.
 */
export const rmsNorm = defineNorm<NormalizedAxes, 'gamma'>({
  name: 'rmsNorm',
  options: { axis: -1 },
  epsilon: 1e-6,
  parameters: ['gamma'],
  useMean: false,
  reference: 'Zhang and Sennrich 2019, arXiv:1910.07467; Keras RMSNormalization',
  axesOf: normalizedAxesOf,
});
