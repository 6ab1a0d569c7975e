import type { statsRows } from '@normkit/core';
import { DEVIATION, MEAN, MEAN_LOW, VARIANCE } from './protocol.ts';

/** The rows of the statistics as assembly/ counts them. Where core counts them otherwise, this does not compile. */
const rows: typeof statsRows = { mean: MEAN, variance: VARIANCE, meanLow: MEAN_LOW, deviation: DEVIATION };

/** How many rows the statistics of `forward` have. */
export const ROWS = Object.keys(rows).length;
