import type { Call } from './call.ts';

/*
 * Blocks whose neighbouring elements belong to different segments. Each position of a row, a lane, has values of its own.
 */

/** Adds the rows of a block: to sums[lane] each x − shift[lane], to squares[lane] its square. */
export function addLanes(
  x: Float32Array,
  start: number,
  rows: number,
  shifts: Float64Array,
  sums: Float64Array,
  squares: Float64Array,
): void {
  const lanes = sums.length;
  for (let row = 0, i = start; row < rows; row++) {
    for (let lane = 0; lane < lanes; lane++, i++) {
      const distance = (x[i] as number) - (shifts[lane] as number);
      sums[lane] = (sums[lane] as number) + distance;
      squares[lane] = (squares[lane] as number) + distance * distance;
    }
  }
}

/** y = (y − mean) · scale + shift for the rows of a block, with the three of each lane. */
export function writeLanes(
  y: Float32Array,
  start: number,
  rows: number,
  means: Float64Array,
  scales: Float64Array,
  shifts: Float32Array,
): void {
  const lanes = means.length;
  for (let row = 0, i = start; row < rows; row++) {
    for (let lane = 0; lane < lanes; lane++, i++) {
      y[i] = ((y[i] as number) - (means[lane] as number)) * (scales[lane] as number) + (shifts[lane] as number);
    }
  }
}

/**
 * y = (y − mean) · inverse · gamma + beta for one line, mean and inverse by lane. The index of gamma and beta begins at
 * `affine`, and stays or grows by one an element.
 */
export function writeLine(
  { walk, y, gamma, beta }: Call,
  start: number,
  affine: number,
  means: Float64Array,
  inverses: Float64Array,
): void {
  const { length, affineStep: step } = walk;
  const lane = start % walk.lanes;
  for (let j = 0, a = affine; j < length; j++, a += step) {
    const normalized = ((y[start + j] as number) - (means[lane + j] as number)) * (inverses[lane + j] as number);
    y[start + j] = normalized * (gamma[a] as number) + (beta[a] as number);
  }
}

/** Adds up the lanes of each segment, and gives all of them the value that `shared` makes of the sum. */
export function shareSegments(
  sums: Float64Array,
  lanesPerSegment: number,
  shared: (segment: number, sum: number) => number,
): void {
  for (let first = 0; first < sums.length; first += lanesPerSegment) {
    let sum = 0;
    for (let lane = first; lane < first + lanesPerSegment; lane++) sum += sums[lane] as number;
    sums.fill(shared(first / lanesPerSegment, sum), first, first + lanesPerSegment);
  }
}
