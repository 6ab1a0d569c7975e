import { segmentOf } from '@normkit/core';
import type { Call } from './call.ts';
import { writeLanes, writeLine } from './lanes.ts';
import { writeRun, writeRunOf } from './rows.ts';

/** y for one segment, whose runs begin at `start`. */
export function writeSegment(
  { plan, walk, x, y, gamma, beta }: Call,
  start: number,
  mean: number,
  inverse: number,
): void {
  const { rows, segmentsPerBlock, run, length, affineStep } = walk;
  for (let row = 0; row < rows; row++) {
    const first = start + row * segmentsPerBlock * run;
    for (let index = first; index < first + run; index += length) {
      const affine = segmentOf(plan.affine, index);
      if (affineStep === 1) writeRunOf(x, y, index, length, mean, inverse, gamma, beta, affine);
      else writeRun(x, y, index, length, mean, inverse * (gamma[affine] as number), beta[affine] as number);
    }
  }
}

/** y for one block of lanes, given the mean and 1 / √(variance + epsilon) of each lane. */
export function writeBlock(
  { plan, walk, x, y, gamma, beta }: Call,
  start: number,
  means: Float64Array,
  inverses: Float64Array,
): void {
  const { rows, lanes, length, affineStep, gammaPerLane } = walk;
  if (gammaPerLane) {
    const scales = inverses.map((inverse, lane) => inverse * (gamma[lane] as number));
    writeLanes(x, y, start, rows, lanes, means, scales, beta);
    return;
  }
  for (let offset = 0; offset < rows * lanes; offset += length) {
    const affine = segmentOf(plan.affine, start + offset);
    writeLine(x, y, start + offset, length, offset % lanes, means, inverses, gamma, beta, affine, affineStep);
  }
}
