/** The layer that follows the convolution: the tutorial's three, and three to compare them with. */
export const NORMS = ['group', 'instance', 'layer', 'batch', 'rms', 'none'] as const;
export type NormName = (typeof NORMS)[number];
