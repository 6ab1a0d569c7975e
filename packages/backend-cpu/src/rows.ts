/*
 * Runs of consecutive elements that share a segment. These loops, and those of lanes.ts, take all that they read as
 * arguments: a closure that reads it from outside takes four times as long.
 */

/** Σ x. Four sums at a time: one alone would wait for its own last addition, four cycles each. */
export function sumRun(x: Float32Array, start: number, length: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const end = start + length;
  let i = start;
  for (; i + 3 < end; i += 4) {
    a += x[i] as number;
    b += x[i + 1] as number;
    c += x[i + 2] as number;
    d += x[i + 3] as number;
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

/** y = (x − mean) · scale + shift. */
export function writeRun(
  x: Float32Array,
  y: Float32Array,
  start: number,
  length: number,
  mean: number,
  scale: number,
  shift: number,
): void {
  const end = start + length;
  for (let i = start; i < end; i++) y[i] = ((x[i] as number) - mean) * scale + shift;
}

/** y = (x − mean) · inverse · gamma + beta, with a gamma and a beta for each element, from index `affine` on. */
export function writeRunOf(
  x: Float32Array,
  y: Float32Array,
  start: number,
  length: number,
  mean: number,
  inverse: number,
  gamma: Float32Array,
  beta: Float32Array,
  affine: number,
): void {
  for (let j = 0; j < length; j++) {
    const normalized = ((x[start + j] as number) - mean) * inverse;
    y[start + j] = normalized * (gamma[affine + j] as number) + (beta[affine + j] as number);
  }
}
