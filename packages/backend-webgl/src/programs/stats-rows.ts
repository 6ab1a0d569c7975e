import type { statsRows } from '@normkit/core';

/** The rows of the statistics as programs have them, two and two in a texel. Where core orders them otherwise, this does not compile. */
const order: typeof statsRows = { mean: 0, variance: 1, meanLow: 2, deviation: 3 };

/** How many rows the statistics of `forward` have. */
export const ROWS = Object.keys(order).length;
