import type { Walk } from '@normkit/core';

/** Visits the lines of a block: the index of each one's first element, and its (first) slot. */
export function forEachLine(walk: Walk, block: number, visit: (start: number, slot: number) => void): void {
  const { blockSize, length, slots, slotRun } = walk;
  const first = block * blockSize;
  for (let offset = 0; offset < blockSize; offset += length) {
    visit(first + offset, Math.floor(offset / slotRun) % slots);
  }
}

/** Adds up the slots of each segment, and gives all of them the value that `shared` makes of the sum. */
export function shareSegments(walk: Walk, sums: Float64Array, shared: (segment: number, sum: number) => number): void {
  const { segmentsPerBlock, slotsPerSegment } = walk;
  for (let segment = 0; segment < segmentsPerBlock; segment++) {
    const first = segment * slotsPerSegment;
    let sum = 0;
    for (let slot = first; slot < first + slotsPerSegment; slot++) sum += sums[slot] as number;
    sums.fill(shared(segment, sum), first, first + slotsPerSegment);
  }
}
