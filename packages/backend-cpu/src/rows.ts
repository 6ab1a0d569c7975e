/*
 * Runs of consecutive elements that share a segment. The loops here, in lanes.ts, backward-rows.ts and backward-lanes.ts
 * read local variables only: their parameters, and what they take out of an object when they begin. A closure that read
 * arrays from outside took four times as long. The longest loops go four elements at a time, because the compiler looks up the address of each array
 * once in each round.
 */

/** What {@link addRun} adds to: Σ (x − shift) and Σ (x − shift)². The caller sets both to 0 when a segment begins. */
export const sums = new Float64Array(2);

/**
 * Adds a run to `sums`. Elements are added in pairs, to two partial sums of each kind side by side: a single sum would
 * wait for its own last addition, four cycles each time.
 */
export function addRun(x: Float32Array, start: number, length: number, shift: number): void {
  let a = 0;
  let b = 0;
  let aa = 0;
  let bb = 0;
  const end = start + length;
  let i = start;
  for (; i + 3 < end; i += 4) {
    const p = (x[i] as number) - shift;
    const q = (x[i + 1] as number) - shift;
    const r = (x[i + 2] as number) - shift;
    const s = (x[i + 3] as number) - shift;
    a += p + q;
    b += r + s;
    aa += p * p + q * q;
    bb += r * r + s * s;
  }
  for (; i < end; i++) {
    const p = (x[i] as number) - shift;
    a += p;
    aa += p * p;
  }
  sums[0] = (sums[0] as number) + a + b;
  sums[1] = (sums[1] as number) + aa + bb;
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

/** Elements of the tile: as many values of gamma and of beta are in it at a time. */
export const TILE = 4096;

/*
 * The tile: copies of gamma and beta for a stretch of a line. The compiler knows the addresses of arrays of its own
 * module. It looks up the addresses of a caller's arrays at each access, which took a third of the kernel's time.
 */
const gammas = new Float64Array(TILE);
const betas = new Float64Array(TILE);
let loaded = -1;

/** Fills the tile with gamma and beta from `start` on. A call begins with -1, which forgets what the tile holds. */
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
