/** The layer that follows the convolution: the tutorial's three, and three to compare them with. */
export const NORMS = ['group', 'instance', 'layer', 'batch', 'rms', 'none'] as const;
export type NormName = (typeof NORMS)[number];
export type RealNorm = Exclude<NormName, 'none'>;

/** What the tutorial gives its norms: the axis of the channels, and into how many groups they are divided. */
export const CHANNEL_AXIS = 3;
export const GROUPS = 5;
