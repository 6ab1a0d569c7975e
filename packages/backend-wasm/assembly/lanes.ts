import { lanes, reduceInner } from './geometry';
import { one, pair, storeOne, storePair } from './simd';

// Blocks whose neighbours belong to different segments: every position of a line, a lane, has float64 values of its
// own. Elements are read in tiles of some rows that stay in the cache while the lanes are gone through.

/** Bytes of x in a tile: half of the smallest first-level cache that is common. */
const TILE: i32 = 16384;

@inline
export function rowsPerTile(): i32 {
  const rows = TILE / (lanes << 2);
  return rows > 0 ? rows : 1;
}

/** sums[lane] += Σ x over rows. */
export function sumLanes(x: usize, rows: i32, sums: usize): void {
  const stride = <usize>lanes << 2;
  const tile = rowsPerTile();
  for (let row = 0; row < rows; row += tile) {
    const start = x + <usize>row * stride;
    const end = x + <usize>min(rows, row + tile) * stride;
    let lane = 0;
    for (; lane + 8 <= lanes; lane += 8) {
      const offset = <usize>lane << 2;
      const sum = sums + (<usize>lane << 3);
      let a = v128.load(sum);
      let b = v128.load(sum, 16);
      let c = v128.load(sum, 32);
      let d = v128.load(sum, 48);
      for (let p = start + offset; p < end; p += stride) {
        a = f64x2.add(a, pair(p));
        b = f64x2.add(b, pair(p + 8));
        c = f64x2.add(c, pair(p + 16));
        d = f64x2.add(d, pair(p + 24));
      }
      v128.store(sum, a);
      v128.store(sum, b, 16);
      v128.store(sum, c, 32);
      v128.store(sum, d, 48);
    }
    for (; lane + 2 <= lanes; lane += 2) {
      const sum = sums + (<usize>lane << 3);
      let a = v128.load(sum);
      for (let p = start + (<usize>lane << 2); p < end; p += stride) a = f64x2.add(a, pair(p));
      v128.store(sum, a);
    }
    for (; lane < lanes; lane++) {
      const sum = sums + (<usize>lane << 3);
      let a = load<f64>(sum);
      for (let p = start + (<usize>lane << 2); p < end; p += stride) a += one(p);
      store<f64>(sum, a);
    }
  }
}

/** sums[lane] += Σ (x − mean[lane])² over rows. */
export function squareLanes(x: usize, rows: i32, means: usize, sums: usize): void {
  const stride = <usize>lanes << 2;
  const tile = rowsPerTile();
  for (let row = 0; row < rows; row += tile) {
    const start = x + <usize>row * stride;
    const end = x + <usize>min(rows, row + tile) * stride;
    let lane = 0;
    for (; lane + 8 <= lanes; lane += 8) {
      const sum = sums + (<usize>lane << 3);
      const mean = means + (<usize>lane << 3);
      const ma = v128.load(mean);
      const mb = v128.load(mean, 16);
      const mc = v128.load(mean, 32);
      const md = v128.load(mean, 48);
      let a = v128.load(sum);
      let b = v128.load(sum, 16);
      let c = v128.load(sum, 32);
      let d = v128.load(sum, 48);
      for (let p = start + (<usize>lane << 2); p < end; p += stride) {
        const da = f64x2.sub(pair(p), ma);
        const db = f64x2.sub(pair(p + 8), mb);
        const dc = f64x2.sub(pair(p + 16), mc);
        const dd = f64x2.sub(pair(p + 24), md);
        a = f64x2.add(a, f64x2.mul(da, da));
        b = f64x2.add(b, f64x2.mul(db, db));
        c = f64x2.add(c, f64x2.mul(dc, dc));
        d = f64x2.add(d, f64x2.mul(dd, dd));
      }
      v128.store(sum, a);
      v128.store(sum, b, 16);
      v128.store(sum, c, 32);
      v128.store(sum, d, 48);
    }
    for (; lane + 2 <= lanes; lane += 2) {
      const sum = sums + (<usize>lane << 3);
      const m = v128.load(means + (<usize>lane << 3));
      let a = v128.load(sum);
      for (let p = start + (<usize>lane << 2); p < end; p += stride) {
        const d = f64x2.sub(pair(p), m);
        a = f64x2.add(a, f64x2.mul(d, d));
      }
      v128.store(sum, a);
    }
    for (; lane < lanes; lane++) {
      const sum = sums + (<usize>lane << 3);
      const m = load<f64>(means + (<usize>lane << 3));
      let a = load<f64>(sum);
      for (let p = start + (<usize>lane << 2); p < end; p += stride) {
        const d = one(p) - m;
        a += d * d;
      }
      store<f64>(sum, a);
    }
  }
}

/** y = (x − mean) · scale + shift, all by lane. */
export function writeLanes(x: usize, y: usize, rows: i32, means: usize, scales: usize, shifts: usize): void {
  const stride = <usize>lanes << 2;
  const tile = rowsPerTile();
  for (let row = 0; row < rows; row += tile) {
    const start = <usize>row * stride;
    const end = <usize>min(rows, row + tile) * stride;
    let lane = 0;
    for (; lane + 4 <= lanes; lane += 4) {
      const at = <usize>lane << 3;
      const ma = v128.load(means + at);
      const mb = v128.load(means + at, 16);
      const sa = v128.load(scales + at);
      const sb = v128.load(scales + at, 16);
      const ta = v128.load(shifts + at);
      const tb = v128.load(shifts + at, 16);
      for (let p = start + (<usize>lane << 2); p < end; p += stride) {
        storePair(y + p, f64x2.add(f64x2.mul(f64x2.sub(pair(x + p), ma), sa), ta));
        storePair(y + p + 8, f64x2.add(f64x2.mul(f64x2.sub(pair(x + p + 8), mb), sb), tb));
      }
    }
    for (; lane < lanes; lane++) {
      const at = <usize>lane << 3;
      const m = load<f64>(means + at);
      const s = load<f64>(scales + at);
      const t = load<f64>(shifts + at);
      for (let p = start + (<usize>lane << 2); p < end; p += stride) storeOne(y + p, (one(x + p) - m) * s + t);
    }
  }
}

/** y = (x − mean) · inverse · gamma + beta for one line: mean and inverse by lane, gamma and beta the same for all. */
export function writeLine(x: usize, y: usize, length: i32, means: usize, inverses: usize, gamma: f64, beta: f64): void {
  const g = f64x2.splat(gamma);
  const b = f64x2.splat(beta);
  let i = 0;
  for (; i + 2 <= length; i += 2) {
    const at = <usize>i << 3;
    const normalized = f64x2.mul(f64x2.sub(pair(x + (<usize>i << 2)), v128.load(means + at)), v128.load(inverses + at));
    storePair(y + (<usize>i << 2), f64x2.add(f64x2.mul(normalized, g), b));
  }
  if (i < length) {
    const at = <usize>i << 3;
    const normalized = (one(x + (<usize>i << 2)) - load<f64>(means + at)) * load<f64>(inverses + at);
    storeOne(y + (<usize>i << 2), normalized * gamma + beta);
  }
}

/** The sum over the lanes of a segment, which starts at lane `segment · reduceInner`. */
export function sumOfSegment(sums: usize, segment: i32): f64 {
  let sum: f64 = 0;
  const first = segment * reduceInner;
  for (let lane = first; lane < first + reduceInner; lane++) sum += load<f64>(sums + (<usize>lane << 3));
  return sum;
}

/** Gives all lanes of a segment one value. */
export function fillSegment(values: usize, segment: i32, value: f64): void {
  const first = segment * reduceInner;
  for (let lane = first; lane < first + reduceInner; lane++) store<f64>(values + (<usize>lane << 3), value);
}

export function clear(values: usize, length: i32): void {
  memory.fill(values, 0, <usize>length << 3);
}
