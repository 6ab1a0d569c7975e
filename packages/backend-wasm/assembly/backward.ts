import { backwardLanes } from './backward-blocks';
import { backwardRun, backwardSegments } from './backward-segments';
import { openBackward } from './call';
import { readGamma } from './narrow';
import { closeShares, openShares } from './narrow-backward-runs';
import { openSums, storeSums } from './parameters';
import { areShort, inner, lanes, outer, parameters, reduceOuter, segmentsTogether } from './plan';
import { openBackwardLanes } from './scratch';
import { backwardShort } from './short-backward';

/** dx, dgamma and dbeta (gradient.ts). */
export function backward(dy: usize, dx: usize, dgamma: usize, dbeta: usize, scratch: usize, frozenStats: bool): void {
  openBackward(dy, dx, frozenStats);
  if (areShort) {
    backwardShort(dgamma, dbeta, scratch);
    return;
  }
  readGamma();
  const shares = openSums(scratch);
  openShares(shares);
  const blockScratch = shares + ((<usize>parameters) << 3);
  openBackwardLanes(blockScratch);
  const together = segmentsTogether();
  for (let block = 0; block < outer; block++) {
    if (lanes > 0) backwardLanes(block);
    else if (reduceOuter === 1) {
      for (let segment = block * inner; segment < (block + 1) * inner; segment++) backwardRun(segment);
    } else {
      for (let first = 0; first < inner; first += together)
        backwardSegments(block, first, min(together, inner - first), blockScratch);
    }
  }
  closeShares();
  storeSums(dgamma, dbeta);
}
