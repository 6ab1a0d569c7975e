import type { Precision } from '../cases.ts';
import { secondDerivative } from './derivatives.ts';
import { fullMaskGivesBeta, masks } from './masks.ts';
import { nothingLeaks } from './memory.ts';
import {
  casts,
  constantGivesBeta,
  emptyGivesEmpty,
  finiteStaysFinite,
  poisonShowsInStatistics,
  sameBits,
  staysInSegment,
} from './robustness.ts';
import { batchStatistics, givenStatistics } from './statistics.ts';

/** What holds of every backend beside agreement with the definition. */
export const properties: readonly { readonly name: string; readonly check: (precision: Precision) => Promise<void> }[] =
  [
    { name: 'a constant segment gives exactly beta', check: constantGivesBeta },
    {
      name: 'a NaN stays in its segment, forward and backward',
      check: (precision) => staysInSegment(Number.NaN, precision),
    },
    {
      name: 'an infinity stays in its segment, forward and backward',
      check: (precision) => staysInSegment(Number.POSITIVE_INFINITY, precision),
    },
    {
      name: 'a NaN or an infinity shows in the statistics of the batch',
      check: async () => {
        for (const poison of [Number.NaN, Number.POSITIVE_INFINITY]) await poisonShowsInStatistics(poison);
      },
    },
    { name: 'no finite input gives NaN', check: finiteStaysFinite },
    { name: 'an input without elements gives an output and gradients without elements', check: emptyGivesEmpty },
    { name: 'the same input gives the same bits', check: sameBits },
    { name: 'tensors and bytes return to where they were', check: nothingLeaks },
    { name: 'given statistics are used, and have gradients', check: givenStatistics },
    { name: 'the statistics of the batch are returned, and have gradients', check: batchStatistics },
    { name: 'gradients can be differentiated again', check: secondDerivative },
    { name: 'a mask weighs the statistics, and has a gradient', check: masks },
    { name: 'a fully masked segment gives exactly beta', check: fullMaskGivesBeta },
    { name: 'integers and booleans are cast', check: casts },
  ];
