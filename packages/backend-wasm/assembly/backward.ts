import { backwardLanes } from './backward-lanes';
import { backwardRun, backwardSegments } from './backward-rows';
import { clear } from './lanes';
import { readGamma } from './narrow';
import { closeShares, openShares } from './narrow-backward-rows';
import { areShort, inner, lanes, outer, parameters, reduceOuter, segmentsTogether } from './plan';
import { backwardShort } from './short-backward';
import { storeOne } from './simd';

// With n = (x − mean) / σ and g = gamma · dy: dx = (g − mean(g) − n · mean(g · n)) / σ over each segment of the
// statistics, dgamma = Σ dy · n and dbeta = Σ dy over each segment of gamma. Sums are float64, in `scratch`.

/** `scratch` holds three float64 for each parameter, and six for each lane or two for each segment of a block; four for each parameter where they are short. */
export function backward(
  dy: usize,
  x: usize,
  stats: usize,
  gamma: usize,
  dx: usize,
  dgamma: usize,
  dbeta: usize,
  scratch: usize,
  isOwn: bool,
  isFrozen: bool,
): void {
  if (areShort) {
    backwardShort(dy, x, stats, gamma, dx, dgamma, dbeta, scratch, isOwn, isFrozen);
    return;
  }
  const gammaSums = scratch;
  const betaSums = gammaSums + ((<usize>parameters) << 3);
  const shares = betaSums + ((<usize>parameters) << 3);
  const blockScratch = shares + ((<usize>parameters) << 3);
  const together = segmentsTogether();
  clear(gammaSums, parameters << 1);
  readGamma(gamma);
  openShares(shares);
  for (let block = 0; block < outer; block++) {
    if (lanes > 0) {
      backwardLanes(block, dy, x, stats, gamma, dx, gammaSums, betaSums, blockScratch, isOwn, isFrozen);
    } else if (reduceOuter === 1) {
      for (let segment = block * inner; segment < (block + 1) * inner; segment++)
        backwardRun(segment, dy, x, stats, gamma, dx, gammaSums, betaSums, isOwn, isFrozen);
    } else {
      for (let first = 0; first < inner; first += together) {
        const segments = min(together, inner - first);
        backwardSegments(
          block,
          first,
          segments,
          dy,
          x,
          stats,
          gamma,
          dx,
          gammaSums,
          betaSums,
          blockScratch,
          isOwn,
          isFrozen,
        );
      }
    }
  }
  closeShares(gammaSums, betaSums);
  for (let index = 0; index < parameters; index++) {
    storeOne(dgamma + ((<usize>index) << 2), load<f64>(gammaSums + ((<usize>index) << 3)));
    storeOne(dbeta + ((<usize>index) << 2), load<f64>(betaSums + ((<usize>index) << 3)));
  }
}
