import * as call from './call';
import { count, gammaPerSegment, inverseOfCount, segments, useMean } from './plan';
import { areSideBySide, both, extent, openShort, partnerPlace, place, step, storeBoth, takeBoth } from './short';
import { ofElement, ofSegments } from './short-parameters';
import { loadInverses, loadMeans, storeStats } from './short-stats';

/** y and the statistics of x, in three passes over two segments: the means, the variances about them, y. */
export function forwardShort(): void {
  const x = call.x;
  const y = call.y;
  const stats = call.stats;
  const gamma = call.gamma;
  const beta = call.beta;
  openShort();
  for (let segment = 0; segment < segments; segment += 2) {
    takeBoth(segment);
    const a = place;
    const b = partnerPlace;
    if (areSideBySide()) forwardBoth(segment, x + a, 0, y + a, 0, true, stats, gamma, beta);
    else forwardBoth(segment, x + a, x + b, y + a, y + b, false, stats, gamma, beta);
  }
}

/** @inline */
function forwardBoth(
  segment: i32,
  x: usize,
  partnerX: usize,
  y: usize,
  partnerY: usize,
  areNeighbours: bool,
  stats: usize,
  gamma: usize,
  beta: usize,
): void {
  const end = extent;
  const by = step;
  let mean = f64x2.splat(0);
  if (useMean) {
    for (let at: usize = 0; at < end; at += by) mean = f64x2.add(mean, both(x + at, partnerX + at, areNeighbours));
    mean = f64x2.div(mean, f64x2.splat(count));
  }
  let squares = f64x2.splat(0);
  for (let at: usize = 0; at < end; at += by) {
    const distance = f64x2.sub(both(x + at, partnerX + at, areNeighbours), mean);
    squares = f64x2.add(squares, f64x2.mul(distance, distance));
  }
  const inverse = storeStats(stats, segment, mean, f64x2.mul(squares, f64x2.splat(inverseOfCount)));
  writeBoth(x, partnerX, y, partnerY, areNeighbours, mean, inverse, gamma, beta);
}

/** y for statistics that the caller gives. */
export function applyShort(): void {
  const x = call.x;
  const y = call.y;
  const stats = call.stats;
  const gamma = call.gamma;
  const beta = call.beta;
  openShort();
  for (let segment = 0; segment < segments; segment += 2) {
    takeBoth(segment);
    const a = place;
    const b = partnerPlace;
    const mean = loadMeans(stats, segment, true);
    const inverse = loadInverses(stats, segment, true);
    if (areSideBySide()) writeBoth(x + a, 0, y + a, 0, true, mean, inverse, gamma, beta);
    else writeBoth(x + a, x + b, y + a, y + b, false, mean, inverse, gamma, beta);
  }
}

/** y = (x − mean) · inverse · gamma + beta. @inline */
function writeBoth(
  x: usize,
  partnerX: usize,
  y: usize,
  partnerY: usize,
  areNeighbours: bool,
  mean: v128,
  inverse: v128,
  gamma: usize,
  beta: usize,
): void {
  const end = extent;
  const by = step;
  if (gammaPerSegment) {
    const scale = f64x2.mul(inverse, ofSegments(gamma, 1));
    const shift = ofSegments(beta, 0);
    for (let at: usize = 0; at < end; at += by) {
      const distance = f64x2.sub(both(x + at, partnerX + at, areNeighbours), mean);
      storeBoth(y + at, partnerY + at, areNeighbours, f64x2.add(f64x2.mul(distance, scale), shift));
    }
    return;
  }
  let element = 0;
  for (let at: usize = 0; at < end; at += by, element++) {
    const normalized = f64x2.mul(f64x2.sub(both(x + at, partnerX + at, areNeighbours), mean), inverse);
    const scaled = f64x2.mul(normalized, ofElement(gamma, element, 1));
    storeBoth(y + at, partnerY + at, areNeighbours, f64x2.add(scaled, ofElement(beta, element, 0)));
  }
}
