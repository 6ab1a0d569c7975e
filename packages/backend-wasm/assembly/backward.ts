import { startOf } from './forward';
import { affineAt, affineStep, count, gammaPerLane, hasLanes, inner, lanes, length, outer, parameters, reduceInner, reduceOuter, useMean } from './geometry';
import { clear, fillSegment, rowsPerTile, sumOfSegment } from './lanes';
import { one, pair, storeOne, storePair, total } from './simd';
import { loadInverse, loadMean } from './stats';

// With n = (x − mean) / σ and g = gamma · dy: dx = (g − mean(g) − n · mean(g · n)) / σ over each segment of the
// statistics, dgamma = Σ dy · n and dbeta = Σ dy over each segment of gamma. Sums are float64, in `scratch`.

let sumG: f64 = 0;
let sumGn: f64 = 0;

/** `scratch` holds two float64 for each parameter, and five for each lane. */
export function backward(
  dy: usize,
  x: usize,
  stats: usize,
  gamma: usize,
  dx: usize,
  dgamma: usize,
  dbeta: usize,
  scratch: usize,
  isOwn: bool,
  isFrozen: bool,
): void {
  const gammaSums = scratch;
  const betaSums = gammaSums + (<usize>parameters << 3);
  clear(gammaSums, parameters << 1);
  for (let block = 0; block < outer; block++) {
    if (hasLanes) {
      const laneScratch = betaSums + (<usize>parameters << 3);
      backwardLanes(block, dy, x, stats, gamma, dx, gammaSums, betaSums, laneScratch, isOwn, isFrozen);
    } else {
      for (let segment = 0; segment < inner; segment++) {
        backwardSegment(block * inner + segment, dy, x, stats, gamma, dx, gammaSums, betaSums, isOwn, isFrozen);
      }
    }
  }
  for (let index = 0; index < parameters; index++) {
    storeOne(dgamma + (<usize>index << 2), load<f64>(gammaSums + (<usize>index << 3)));
    storeOne(dbeta + (<usize>index << 2), load<f64>(betaSums + (<usize>index << 3)));
  }
}

// @ts-expect-error: decorator
@inline
function gammaAt(gamma: usize, index: i32): f64 {
  return gamma == 0 ? 1 : one(gamma + (<usize>index << 2));
}

// @ts-expect-error: decorator
@inline
function addTo(sums: usize, index: i32, value: f64): void {
  const at = sums + (<usize>index << 3);
  store<f64>(at, load<f64>(at) + value);
}

function backwardSegment(
  segment: i32,
  dy: usize,
  x: usize,
  stats: usize,
  gamma: usize,
  dx: usize,
  gammaSums: usize,
  betaSums: usize,
  isOwn: bool,
  isFrozen: bool,
): void {
  const mean = loadMean(stats, segment, isOwn);
  const inverse = loadInverse(stats, segment, isOwn);
  const start = startOf(segment);
  const stride = inner * reduceInner;
  let g: f64 = 0;
  let gn: f64 = 0;
  for (let row = 0; row < reduceOuter; row++) {
    const first = start + row * stride;
    for (let index = first; index < first + reduceInner; index += length) {
      const affine = affineAt(index);
      const at = <usize>index << 2;
      if (affineStep == 1) {
        const slot = <usize>affine << 3;
        if (gamma == 0) sumEach(dy + at, x + at, mean, inverse, false, 0, gammaSums + slot, betaSums + slot);
        else sumEach(dy + at, x + at, mean, inverse, true, gamma + (<usize>affine << 2), gammaSums + slot, betaSums + slot);
        g += sumG;
        gn += sumGn;
      } else {
        sumRun(dy + at, x + at, mean, inverse);
        addTo(gammaSums, affine, sumGn);
        addTo(betaSums, affine, sumG);
        g += sumG * gammaAt(gamma, affine);
        gn += sumGn * gammaAt(gamma, affine);
      }
    }
  }
  const meanG: f64 = isFrozen || !useMean ? 0 : g / count;
  const meanGn: f64 = isFrozen ? 0 : gn / count;
  for (let row = 0; row < reduceOuter; row++) {
    const first = start + row * stride;
    for (let index = first; index < first + reduceInner; index += length) {
      const affine = affineAt(index);
      const at = <usize>index << 2;
      if (affineStep == 1 && gamma != 0) writeEach(dy + at, x + at, dx + at, mean, inverse, true, gamma + (<usize>affine << 2), 1, meanG, meanGn);
      else writeEach(dy + at, x + at, dx + at, mean, inverse, false, 0, gammaAt(gamma, affine), meanG, meanGn);
    }
  }
}

/** Σ dy and Σ dy · n of a line, into `sumG` and `sumGn`. */
function sumRun(dy: usize, x: usize, mean: f64, inverse: f64): void {
  const m = f64x2.splat(mean);
  const s = f64x2.splat(inverse);
  let ga = f64x2.splat(0);
  let gb = ga;
  let na = ga;
  let nb = ga;
  const bytes = <usize>length << 2;
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) {
    const da = pair(dy + i);
    const db = pair(dy + i + 8);
    ga = f64x2.add(ga, da);
    gb = f64x2.add(gb, db);
    na = f64x2.add(na, f64x2.mul(da, f64x2.mul(f64x2.sub(pair(x + i), m), s)));
    nb = f64x2.add(nb, f64x2.mul(db, f64x2.mul(f64x2.sub(pair(x + i + 8), m), s)));
  }
  sumG = total(f64x2.add(ga, gb));
  sumGn = total(f64x2.add(na, nb));
  for (; i < bytes; i += 4) {
    sumG += one(dy + i);
    sumGn += one(dy + i) * ((one(x + i) - mean) * inverse);
  }
}

/** The same with one gamma for each element: Σ g and Σ g · n, and each element's share of dgamma and dbeta. */
// @ts-expect-error: decorator
@inline
function sumEach(dy: usize, x: usize, mean: f64, inverse: f64, hasGamma: bool, gamma: usize, gammaSums: usize, betaSums: usize): void {
  const m = f64x2.splat(mean);
  const s = f64x2.splat(inverse);
  let ga = f64x2.splat(0);
  let gb = ga;
  let na = ga;
  let nb = ga;
  const bytes = <usize>length << 2;
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) {
    let da = pair(dy + i);
    let db = pair(dy + i + 8);
    let ea = f64x2.mul(da, f64x2.mul(f64x2.sub(pair(x + i), m), s));
    let eb = f64x2.mul(db, f64x2.mul(f64x2.sub(pair(x + i + 8), m), s));
    const at = i << 1;
    v128.store(gammaSums + at, f64x2.add(v128.load(gammaSums + at), ea));
    v128.store(gammaSums + at, f64x2.add(v128.load(gammaSums + at, 16), eb), 16);
    v128.store(betaSums + at, f64x2.add(v128.load(betaSums + at), da));
    v128.store(betaSums + at, f64x2.add(v128.load(betaSums + at, 16), db), 16);
    if (hasGamma) {
      const ca = pair(gamma + i);
      const cb = pair(gamma + i + 8);
      da = f64x2.mul(da, ca);
      db = f64x2.mul(db, cb);
      ea = f64x2.mul(ea, ca);
      eb = f64x2.mul(eb, cb);
    }
    ga = f64x2.add(ga, da);
    gb = f64x2.add(gb, db);
    na = f64x2.add(na, ea);
    nb = f64x2.add(nb, eb);
  }
  sumG = total(f64x2.add(ga, gb));
  sumGn = total(f64x2.add(na, nb));
  for (; i < bytes; i += 4) {
    const d = one(dy + i);
    const e = d * ((one(x + i) - mean) * inverse);
    const index = <i32>(i >> 2);
    addTo(gammaSums, index, e);
    addTo(betaSums, index, d);
    const scale: f64 = hasGamma ? one(gamma + i) : 1;
    sumG += d * scale;
    sumGn += e * scale;
  }
}

// @ts-expect-error: decorator
@inline
function writeEach(dy: usize, x: usize, dx: usize, mean: f64, inverse: f64, hasGamma: bool, gamma: usize, scale: f64, meanG: f64, meanGn: f64): void {
  const m = f64x2.splat(mean);
  const s = f64x2.splat(inverse);
  const c = f64x2.splat(scale);
  const a = f64x2.splat(meanG);
  const b = f64x2.splat(meanGn);
  const bytes = <usize>length << 2;
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) {
    const ga = f64x2.mul(pair(dy + i), hasGamma ? pair(gamma + i) : c);
    const gb = f64x2.mul(pair(dy + i + 8), hasGamma ? pair(gamma + i + 8) : c);
    const na = f64x2.mul(f64x2.sub(pair(x + i), m), s);
    const nb = f64x2.mul(f64x2.sub(pair(x + i + 8), m), s);
    storePair(dx + i, f64x2.mul(f64x2.sub(f64x2.sub(ga, a), f64x2.mul(na, b)), s));
    storePair(dx + i + 8, f64x2.mul(f64x2.sub(f64x2.sub(gb, a), f64x2.mul(nb, b)), s));
  }
  for (; i < bytes; i += 4) {
    const g = one(dy + i) * (hasGamma ? one(gamma + i) : scale);
    const n = (one(x + i) - mean) * inverse;
    storeOne(dx + i, (g - meanG - n * meanGn) * inverse);
  }
}

function backwardLanes(
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

/** Lanes whose gamma changes from line to line. */
function sumLines(start: i32, dy: usize, x: usize, means: usize, inverses: usize, gamma: usize, gammaSums: usize, betaSums: usize, g: usize, gn: usize): void {
  const end = start + reduceOuter * lanes;
  for (let index = start; index < end; index += length) {
    const lane = (index - start) % lanes;
    const affine = affineAt(index);
    let a = f64x2.splat(0);
    let b = f64x2.splat(0);
    let i = 0;
    if (affineStep == 0) {
      const scale = f64x2.splat(gammaAt(gamma, affine));
      for (; i + 2 <= length; i += 2) {
        const place = <usize>(index + i) << 2;
        const slot = <usize>(lane + i) << 3;
        const d = pair(dy + place);
        const e = f64x2.mul(d, f64x2.mul(f64x2.sub(pair(x + place), v128.load(means + slot)), v128.load(inverses + slot)));
        a = f64x2.add(a, d);
        b = f64x2.add(b, e);
        v128.store(g + slot, f64x2.add(v128.load(g + slot), f64x2.mul(d, scale)));
        v128.store(gn + slot, f64x2.add(v128.load(gn + slot), f64x2.mul(e, scale)));
      }
      addTo(betaSums, affine, total(a));
      addTo(gammaSums, affine, total(b));
    }
    for (; i < length; i++) {
      const place = <usize>(index + i) << 2;
      const slot = <usize>(lane + i) << 3;
      const parameter = affine + i * affineStep;
      const d = one(dy + place);
      const e = d * ((one(x + place) - load<f64>(means + slot)) * load<f64>(inverses + slot));
      addTo(betaSums, parameter, d);
      addTo(gammaSums, parameter, e);
      addTo(g, lane + i, d * gammaAt(gamma, parameter));
      addTo(gn, lane + i, e * gammaAt(gamma, parameter));
    }
  }
}

function writeLines(start: i32, dy: usize, x: usize, dx: usize, means: usize, inverses: usize, gamma: usize, g: usize, gn: usize): void {
  const end = start + reduceOuter * lanes;
  for (let index = start; index < end; index += length) {
    const lane = (index - start) % lanes;
    const affine = affineAt(index);
    const scale = f64x2.splat(gammaAt(gamma, affine));
    let i = 0;
    for (; affineStep == 0 && i + 2 <= length; i += 2) {
      const place = <usize>(index + i) << 2;
      const slot = <usize>(lane + i) << 3;
      const inverse = v128.load(inverses + slot);
      const n = f64x2.mul(f64x2.sub(pair(x + place), v128.load(means + slot)), inverse);
      const through = f64x2.add(v128.load(g + slot), f64x2.mul(n, v128.load(gn + slot)));
      storePair(dx + place, f64x2.mul(f64x2.sub(f64x2.mul(pair(dy + place), scale), through), inverse));
    }
    for (; i < length; i++) {
      const place = <usize>(index + i) << 2;
      const slot = <usize>(lane + i) << 3;
      const inverse = load<f64>(inverses + slot);
      const n = (one(x + place) - load<f64>(means + slot)) * inverse;
      const through = load<f64>(g + slot) + n * load<f64>(gn + slot);
      storeOne(dx + place, (one(dy + place) * gammaAt(gamma, affine + i * affineStep) - through) * inverse);
    }
  }
}
