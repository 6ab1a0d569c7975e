import { defineNorm, type NormOptions } from './define-norm.ts';
import { type NormalizedAxes, normalizedAxesOf } from './normalized-axes.ts';

export interface LayerNormOptions extends NormOptions<NormalizedAxes> {}

/**
 * Layer normalization: mean and population variance over `axis`, one set for each index of the other axes.
 * Defaults: axis -1, epsilon 1e-3.
 *
 * x: float32 (int32 and bool are cast), any rank. gamma, beta: the extents of the axes, in ascending order of axis. Note
 * that `axis: 3` of an image normalizes each pixel over its channels; use `axis: [1, 2, 3]` for the whole.
 *
 * @throws NormkitError where an argument does not fit the others.
 * @see Ba et al. 2016, arXiv:1607.06450; Keras `LayerNormalization`.
 */
export const layerNorm = defineNorm<NormalizedAxes>({
  name: 'layerNorm',
  options: { axis: -1 },
  epsilon: 1e-3,
  parameters: ['gamma', 'beta'],
  useMean: true,
  reference: 'Ba et al. 2016, arXiv:1607.06450; Keras LayerNormalization',
  axesOf: normalizedAxesOf,
});
