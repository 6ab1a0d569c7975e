import { segmentOf } from '@normkit/core';
import type { Call } from './call.ts';
import { writeLanes, writeLine } from './lanes.ts';
import { loadTile, TILE, writeRun, writeRunOfTile } from './rows.ts';

/** y for one segment, whose runs begin at `start`. */
export function writeSegment(call: Call, start: number, mean: number, inverse: number): void {
  const { plan, walk, y, gamma, beta } = call;
  const { rows, segmentsPerBlock, run, length, affineStep } = walk;
  for (let row = 0; row < rows; row++) {
    const first = start + row * segmentsPerBlock * run;
    for (let index = first; index < first + run; index += length) {
      const affine = segmentOf(plan.affine, index);
      if (affineStep === 1) writeLineOfTiles(call, index, affine, mean, inverse);
      else writeRun(y, index, length, mean, inverse * (gamma[affine] as number), beta[affine] as number);
    }
  }
}

function writeLineOfTiles(
  { walk, y, gamma, beta }: Call,
  index: number,
  affine: number,
  mean: number,
  inverse: number,
): void {
  for (let offset = 0; offset < walk.length; offset += TILE) {
    const length = Math.min(TILE, walk.length - offset);
    loadTile(affine + offset, length, gamma, beta);
    writeRunOfTile(y, index + offset, length, mean, inverse);
  }
}

/** y for one block of lanes, given the mean and 1 / √(variance + epsilon) of each lane. */
export function writeBlock(call: Call, start: number, means: Float64Array, inverses: Float64Array): void {
  const { plan, walk, y, gamma, beta } = call;
  const { rows, lanes, length, gammaPerLane } = walk;
  if (gammaPerLane) {
    const scales = inverses.map((inverse, lane) => inverse * (gamma[lane] as number));
    writeLanes(y, start, rows, means, scales, beta);
    return;
  }
  for (let offset = 0; offset < rows * lanes; offset += length) {
    const affine = segmentOf(plan.affine, start + offset);
    writeLine(call, start + offset, affine, means, inverses);
  }
}
