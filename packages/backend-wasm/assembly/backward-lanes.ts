import { count, gammaPerLane, inner, lanes, reduceOuter, useMean } from './geometry';
import { sumLines, writeLines } from './backward-lines';
import { clear, fillSegment, rowsPerTile, sumOfSegment } from './lanes';
import { addTo, gammaAt } from './parameters';
import { one, pair, storeOne, storePair } from './simd';
import { loadInverse, loadMean } from './stats';

// The gradient of one block of lanes.

export function backwardLanes(
  block: i32,
  dy: usize,
  x: usize,
  stats: usize,
  gamma: usize,
  dx: usize,
  gammaSums: usize,
  betaSums: usize,
  scratch: usize,
  isOwn: bool,
  isFrozen: bool,
): void {
  const bytes = <usize>lanes << 3;
  const means = scratch;
  const inverses = means + bytes;
  const g = inverses + bytes;
  const gn = g + bytes;
  const start = block * reduceOuter * lanes;
  for (let segment = 0; segment < inner; segment++) {
    fillSegment(means, segment, loadMean(stats, block * inner + segment, isOwn));
    fillSegment(inverses, segment, loadInverse(stats, block * inner + segment, isOwn));
  }
  clear(g, lanes << 1);
  if (gammaPerLane) sumLanes(dy + (<usize>start << 2), x + (<usize>start << 2), means, inverses, g, gn);
  else sumLines(start, dy, x, means, inverses, gamma, gammaSums, betaSums, g, gn);
  if (gammaPerLane) {
    for (let lane = 0; lane < lanes; lane++) {
      const at = <usize>lane << 3;
      addTo(betaSums, lane, load<f64>(g + at));
      addTo(gammaSums, lane, load<f64>(gn + at));
      store<f64>(g + at, load<f64>(g + at) * gammaAt(gamma, lane));
      store<f64>(gn + at, load<f64>(gn + at) * gammaAt(gamma, lane));
    }
  }
  for (let segment = 0; segment < inner; segment++) {
    fillSegment(g, segment, isFrozen || !useMean ? 0 : sumOfSegment(g, segment) / count);
    fillSegment(gn, segment, isFrozen ? 0 : sumOfSegment(gn, segment) / count);
  }
  if (gammaPerLane) writeLanes(dy + (<usize>start << 2), x + (<usize>start << 2), dx + (<usize>start << 2), means, inverses, gamma, g, gn, gn + bytes);
  else writeLines(start, dy, x, dx, means, inverses, gamma, g, gn);
}

/** By lane, Σ dy and Σ dy · n. */
function sumLanes(dy: usize, x: usize, means: usize, inverses: usize, g: usize, gn: usize): void {
  const stride = <usize>lanes << 2;
  const tile = rowsPerTile();
  for (let row = 0; row < reduceOuter; row += tile) {
    const start = <usize>row * stride;
    const end = <usize>min(reduceOuter, row + tile) * stride;
    let lane = 0;
    for (; lane + 4 <= lanes; lane += 4) {
      const at = <usize>lane << 3;
      const ma = v128.load(means + at);
      const mb = v128.load(means + at, 16);
      const sa = v128.load(inverses + at);
      const sb = v128.load(inverses + at, 16);
      let ga = v128.load(g + at);
      let gb = v128.load(g + at, 16);
      let na = v128.load(gn + at);
      let nb = v128.load(gn + at, 16);
      for (let p = start + (<usize>lane << 2); p < end; p += stride) {
        const da = pair(dy + p);
        const db = pair(dy + p + 8);
        ga = f64x2.add(ga, da);
        gb = f64x2.add(gb, db);
        na = f64x2.add(na, f64x2.mul(da, f64x2.mul(f64x2.sub(pair(x + p), ma), sa)));
        nb = f64x2.add(nb, f64x2.mul(db, f64x2.mul(f64x2.sub(pair(x + p + 8), mb), sb)));
      }
      v128.store(g + at, ga);
      v128.store(g + at, gb, 16);
      v128.store(gn + at, na);
      v128.store(gn + at, nb, 16);
    }
    for (; lane < lanes; lane++) {
      const at = <usize>lane << 3;
      const m = load<f64>(means + at);
      const s = load<f64>(inverses + at);
      let a = load<f64>(g + at);
      let b = load<f64>(gn + at);
      for (let p = start + (<usize>lane << 2); p < end; p += stride) {
        a += one(dy + p);
        b += one(dy + p) * ((one(x + p) - m) * s);
      }
      store<f64>(g + at, a);
      store<f64>(gn + at, b);
    }
  }
}

/** dx by lane; `gammas` is scratch. */
function writeLanes(dy: usize, x: usize, dx: usize, means: usize, inverses: usize, gamma: usize, g: usize, gn: usize, gammas: usize): void {
  for (let lane = 0; lane < lanes; lane++) store<f64>(gammas + (<usize>lane << 3), gammaAt(gamma, lane));
  const stride = <usize>lanes << 2;
  const tile = rowsPerTile();
  for (let row = 0; row < reduceOuter; row += tile) {
    const start = <usize>row * stride;
    const end = <usize>min(reduceOuter, row + tile) * stride;
    let lane = 0;
    for (; lane + 2 <= lanes; lane += 2) {
      const at = <usize>lane << 3;
      const m = v128.load(means + at);
      const s = v128.load(inverses + at);
      const c = v128.load(gammas + at);
      const a = v128.load(g + at);
      const b = v128.load(gn + at);
      for (let p = start + (<usize>lane << 2); p < end; p += stride) {
        const n = f64x2.mul(f64x2.sub(pair(x + p), m), s);
        storePair(dx + p, f64x2.mul(f64x2.sub(f64x2.sub(f64x2.mul(pair(dy + p), c), a), f64x2.mul(n, b)), s));
      }
    }
    if (lane < lanes) {
      const at = <usize>lane << 3;
      const m = load<f64>(means + at);
      const s = load<f64>(inverses + at);
      for (let p = start + (<usize>lane << 2); p < end; p += stride) {
        const n = (one(x + p) - m) * s;
        storeOne(dx + p, (one(dy + p) * load<f64>(gammas + at) - load<f64>(g + at) - n * load<f64>(gn + at)) * s);
      }
    }
  }
}
