/*
 * Runs of consecutive elements that share a segment. These loops, and those of lanes.ts, take all that they read as
 * arguments (a closure that reads it from outside takes four times as long), and the longest go four elements at a
 * time, for the compiler looks up where each array lies once in each round.
 */

/** Σ x. Four sums at a time: one alone would wait for its own last addition, four cycles each. */
export function sumRun(x: Float32Array, start: number, length: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const end = start + length;
  let i = start;
  for (; i + 7 < end; i += 8) {
    a += x[i] as number;
    b += x[i + 1] as number;
    c += x[i + 2] as number;
    d += x[i + 3] as number;
    a += x[i + 4] as number;
    b += x[i + 5] as number;
    c += x[i + 6] as number;
    d += x[i + 7] as number;
  }
  for (; i < end; i++) a += x[i] as number;
  return a + b + (c + d);
}

/** Σ (x − mean)². */
export function squareRun(x: Float32Array, start: number, length: number, mean: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const end = start + length;
  let i = start;
  for (; i + 3 < end; i += 4) {
    const p = (x[i] as number) - mean;
    const q = (x[i + 1] as number) - mean;
    const r = (x[i + 2] as number) - mean;
    const s = (x[i + 3] as number) - mean;
    a += p * p;
    b += q * q;
    c += r * r;
    d += s * s;
  }
  for (; i < end; i++) {
    const p = (x[i] as number) - mean;
    a += p * p;
  }
  return a + b + (c + d);
}

/** y = (y − mean) · scale + shift. */
export function writeRun(
  y: Float32Array,
  start: number,
  length: number,
  mean: number,
  scale: number,
  shift: number,
): void {
  const end = start + length;
  let i = start;
  for (; i + 3 < end; i += 4) {
    const p = ((y[i] as number) - mean) * scale + shift;
    const q = ((y[i + 1] as number) - mean) * scale + shift;
    const r = ((y[i + 2] as number) - mean) * scale + shift;
    const s = ((y[i + 3] as number) - mean) * scale + shift;
    y[i] = p;
    y[i + 1] = q;
    y[i + 2] = r;
    y[i + 3] = s;
  }
  for (; i < end; i++) y[i] = ((y[i] as number) - mean) * scale + shift;
}

/** Parameters of a tile. */
export const TILE = 4096;

/*
 * gamma and beta of as many elements as a line may have at a time. The compiler knows where the arrays of its own
 * module lie, and looks up those of a caller at each access: a third of the kernel's time.
 */
const gammas = new Float64Array(TILE);
const betas = new Float64Array(TILE);
let loaded = -1;

/** Makes the tile hold the parameters from `start` on; -1 forgets what it holds, and begins each call. */
export function loadTile(start: number, length: number, gamma: Float32Array, beta: Float32Array): void {
  if (start === loaded) return;
  if (start >= 0) {
    gammas.set(gamma.subarray(start, start + length));
    betas.set(beta.subarray(start, start + length));
  }
  loaded = start;
}

/** y = (y − mean) · inverse · gamma + beta, with the gamma and beta of each element in the tile. */
export function writeRunOfTile(y: Float32Array, start: number, length: number, mean: number, inverse: number): void {
  const end = start + length;
  let i = start;
  let a = 0;
  for (; i + 3 < end; i += 4, a += 4) {
    const p = ((y[i] as number) - mean) * inverse * (gammas[a] as number) + (betas[a] as number);
    const q = ((y[i + 1] as number) - mean) * inverse * (gammas[a + 1] as number) + (betas[a + 1] as number);
    const r = ((y[i + 2] as number) - mean) * inverse * (gammas[a + 2] as number) + (betas[a + 2] as number);
    const s = ((y[i + 3] as number) - mean) * inverse * (gammas[a + 3] as number) + (betas[a + 3] as number);
    y[i] = p;
    y[i + 1] = q;
    y[i + 2] = r;
    y[i + 3] = s;
  }
  for (; i < end; i++, a++) {
    y[i] = ((y[i] as number) - mean) * inverse * (gammas[a] as number) + (betas[a] as number);
  }
}
