import type { Precision } from '../cases.ts';
import { secondDerivative } from './derivatives.ts';
import { explained } from './explained.ts';
import { ignoredStaysAlone, oneCounts } from './ignored.ts';
import { longSegments } from './long-segments.ts';
import { maskSlopes } from './mask-slopes.ts';
import { fullMaskGivesBeta, masks } from './masks.ts';
import { nothingLeaks } from './memory.ts';
import { masksOfEveryRank, statisticsOfEveryRank } from './ranks.ts';
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

interface Property {
  readonly name: string;
  /** The least precision that it holds for. Default: float32. */
  readonly needs?: Precision;
  readonly check: (precision: Precision) => Promise<void>;
}

/** What holds of every backend beside agreement with the definition. */
export const properties: readonly Property[] = [
  { name: 'a constant segment gives exactly beta', needs: 'float16', check: constantGivesBeta },
  {
    name: 'a NaN stays in its segment, forward and backward',
    needs: 'float16',
    check: (precision) => staysInSegment(Number.NaN, precision),
  },
  {
    name: 'an infinity stays in its segment, forward and backward',
    needs: 'float16',
    check: (precision) => staysInSegment(Number.POSITIVE_INFINITY, precision),
  },
  {
    name: 'a NaN or an infinity shows in the statistics of the batch',
    needs: 'float16',
    check: async () => {
      for (const poison of [Number.NaN, Number.POSITIVE_INFINITY]) await poisonShowsInStatistics(poison);
    },
  },
  { name: 'no finite input gives NaN', check: finiteStaysFinite },
  {
    name: 'an input without elements gives an output and gradients without elements',
    needs: 'float16',
    check: emptyGivesEmpty,
  },
  { name: 'the same input gives the same bits', needs: 'float16', check: sameBits },
  { name: 'tensors and bytes return to where they were', needs: 'float16', check: nothingLeaks },
  { name: 'given statistics are used, and have gradients', check: givenStatistics },
  { name: 'the statistics of the batch are returned, and have gradients', check: batchStatistics },
  { name: 'gradients can be differentiated again', check: secondDerivative },
  { name: 'a mask weighs the statistics, and has a gradient', check: masks },
  { name: 'a fully masked segment gives exactly beta', check: fullMaskGivesBeta },
  { name: 'a mask has first and second gradients where its weights are 0 too', check: maskSlopes },
  { name: 'an ignored element reaches no other, whatever it is', check: ignoredStaysAlone },
  { name: 'one element that counts, among others far off, gives finite gradients', check: oneCounts },
  { name: 'long masked segments keep the contract', check: longSegments },
  { name: 'a mask broadcasts at every rank, and has a gradient', check: masksOfEveryRank },
  { name: 'y and the statistics have one gradient at every rank', check: statisticsOfEveryRank },
  { name: 'integers and booleans are cast', needs: 'float16', check: casts },
  { name: 'what explain says follows from the definition', needs: 'float16', check: explained },
];
