import { sumLane, sumLanes, writeLanes } from './backward-lanes';
import { sumLines, writeLines } from './backward-lines';
import { dx, dy, x } from './call';
import { meanOfG, meanOfGn } from './gradient';
import { fillSegment, loadLanes, sumOfSegment } from './lanes';
import { hasDigits, shiftOf } from './narrow';
import * as narrow from './narrow-backward-lanes';
import { areNarrow } from './narrow-lanes';
import { addTo, betaSums, gammaOf, gammaSums } from './parameters';
import { gammaPerLane, inner, lanes, parameterOf, rows } from './plan';
import { clear, g, gn, highs, inverses, means, scales } from './scratch';

// The gradient of one block of lanes: which loops sum and which write, in float32 (narrow) or float64.

export function backwardLanes(block: i32): void {
  const start = block * rows * lanes;
  loadLanes(block);
  clear(g, lanes << 1);
  if (gammaPerLane) sumByLane((<usize>start) << 2);
  else sumLines(start);
  for (let segment = 0; segment < inner; segment++) {
    fillSegment(g, segment, meanOfG(sumOfSegment(g, segment)));
    fillSegment(gn, segment, meanOfGn(sumOfSegment(gn, segment)));
  }
  if (gammaPerLane) writeByLane((<usize>start) << 2);
  else writeLines(start);
}

/** Σ g and Σ g · n of each lane, and what the lane adds to dgamma and dbeta; the block begins at byte `at` of x. */
function sumByLane(at: usize): void {
  if (areNarrow()) narrowSums(dy + at, x + at);
  else sumLanes(dy + at, x + at);
  for (let lane = 0; lane < lanes; lane++) {
    const slot = (<usize>lane) << 3;
    const parameter = parameterOf(lane);
    addTo(betaSums, parameter, load<f64>(g + slot));
    addTo(gammaSums, parameter, load<f64>(gn + slot));
    store<f64>(g + slot, load<f64>(g + slot) * gammaOf(parameter));
    store<f64>(gn + slot, load<f64>(gn + slot) * gammaOf(parameter));
  }
}

/** Σ dy and Σ dy · n of each lane; in float64 for lanes whose products left float32's range. */
function narrowSums(dy: usize, x: usize): void {
  for (let lane = 0; lane < lanes; lane++) {
    const at = (<usize>lane) << 2;
    store<f32>(highs + at, <f32>load<f64>(means + at + at));
    store<f32>(scales + at, <f32>load<f64>(inverses + at + at));
  }
  narrow.sumLanes(dy, x);
  for (let lane = 0; lane < lanes; lane++) {
    const at = (<usize>lane) << 3;
    const sumG = load<f64>(g + at);
    const sumGn = load<f64>(gn + at);
    if (hasDigits(sumG) && hasDigits(sumGn))
      store<f64>(gn + at, shiftOf(load<f64>(means + at), sumG * load<f64>(inverses + at), sumGn));
    else sumLane(dy, x, lane);
  }
}

/** dx; `narrowSums` has put the means into `highs`. */
function writeByLane(at: usize): void {
  if (areNarrow() && narrow.setFactors()) narrow.writeLanes(dy + at, x + at, dx + at);
  else writeLanes(dy + at, x + at, dx + at);
}
