import * as call from './call';
import { addTo } from './parameters';
import { gammaPerSegment, inverseOfCount, parameters, segments, useMean } from './plan';
import { areAlone, clear } from './scratch';
import {
  areSideBySide,
  both,
  extent,
  hasPartner,
  openShort,
  parameter,
  partnerParameter,
  partnerPlace,
  place,
  step,
  storeBoth,
  takeBoth,
} from './short';
import { ofElement, ofSegments } from './short-parameters';
import { loadInverses, loadMeans } from './short-stats';
import { storeOne, total } from './simd';

/** The gradient, in two passes over two segments: the sums, dx. */
export function backwardShort(dgamma: usize, dbeta: usize, scratch: usize): void {
  const dy = call.dy;
  const x = call.x;
  const stats = call.stats;
  const gamma = call.gamma;
  const dx = call.dx;
  const frozenStats = call.frozenStats;
  openShort();
  openShares(dgamma, dbeta, scratch);
  for (let segment = 0; segment < segments; segment += 2) {
    takeBoth(segment);
    const a = place;
    const b = partnerPlace;
    const mean = loadMeans(stats, segment, frozenStats);
    const inverse = loadInverses(stats, segment, frozenStats);
    if (areSideBySide()) {
      sumBoth(segment, dy + a, 0, x + a, 0, true, mean, inverse, gamma);
      writeBoth(dy + a, 0, x + a, 0, dx + a, 0, true, mean, inverse, gamma, frozenStats);
    } else {
      sumBoth(segment, dy + a, dy + b, x + a, x + b, false, mean, inverse, gamma);
      writeBoth(dy + a, dy + b, x + a, x + b, dx + a, dx + b, false, mean, inverse, gamma, frozenStats);
    }
  }
  closeShares();
}

/** What `sumBoth` summed: Σ g and Σ g · n. */
let sumG: v128 = f64x2.splat(0);
let sumGn: v128 = f64x2.splat(0);

/** @inline */
function sumBoth(
  segment: i32,
  dy: usize,
  partnerDy: usize,
  x: usize,
  partnerX: usize,
  areNeighbours: bool,
  mean: v128,
  inverse: v128,
  gamma: usize,
): void {
  const end = extent;
  const by = step;
  let g = f64x2.splat(0);
  let gn = g;
  let element = 0;
  for (let at: usize = 0; at < end; at += by, element++) {
    let d = both(dy + at, partnerDy + at, areNeighbours);
    let dn = f64x2.mul(d, f64x2.mul(f64x2.sub(both(x + at, partnerX + at, areNeighbours), mean), inverse));
    if (!gammaPerSegment) {
      shareOfElement(element, hasPartner(segment), d, dn);
      const scale = ofElement(gamma, element, 1);
      d = f64x2.mul(d, scale);
      dn = f64x2.mul(dn, scale);
    }
    g = f64x2.add(g, d);
    gn = f64x2.add(gn, dn);
  }
  if (gammaPerSegment) {
    shareOfSegments(segment, g, gn);
    const scale = ofSegments(gamma, 1);
    g = f64x2.mul(g, scale);
    gn = f64x2.mul(gn, scale);
  }
  sumG = g;
  sumGn = gn;
}

/** dx = (g − mean(g) − n · mean(g · n)) · inverse. @inline */
function writeBoth(
  dy: usize,
  partnerDy: usize,
  x: usize,
  partnerX: usize,
  dx: usize,
  partnerDx: usize,
  areNeighbours: bool,
  mean: v128,
  inverse: v128,
  gamma: usize,
  frozenStats: bool,
): void {
  const end = extent;
  const by = step;
  const each = f64x2.splat(inverseOfCount);
  const meanG = frozenStats || !useMean ? f64x2.splat(0) : f64x2.mul(sumG, each);
  const meanGn = frozenStats ? f64x2.splat(0) : f64x2.mul(sumGn, each);
  let scale = gammaPerSegment ? ofSegments(gamma, 1) : meanG;
  let element = 0;
  for (let at: usize = 0; at < end; at += by, element++) {
    if (!gammaPerSegment) scale = ofElement(gamma, element, 1);
    const g = f64x2.mul(both(dy + at, partnerDy + at, areNeighbours), scale);
    const normalized = f64x2.mul(f64x2.sub(both(x + at, partnerX + at, areNeighbours), mean), inverse);
    storeBoth(
      dx + at,
      partnerDx + at,
      areNeighbours,
      f64x2.mul(f64x2.sub(f64x2.sub(g, meanG), f64x2.mul(normalized, meanGn)), inverse),
    );
  }
}

// The shares of dgamma and dbeta. A parameter that only one segment has is written at once. Other parameters have a
// float64 sum each, or two where each element has a gamma: one for the segment, one for its partner.

let gammaShares: usize = 0;
let betaShares: usize = 0;
let gammaSums: usize = 0;
let betaSums: usize = 0;

function openShares(dgamma: usize, dbeta: usize, scratch: usize): void {
  gammaShares = dgamma;
  betaShares = dbeta;
  gammaSums = scratch;
  betaSums = scratch + ((<usize>parameters) << 4);
  if (!areAlone()) clear(scratch, parameters << 2);
}

/** @inline */
function shareOfSegments(segment: i32, beta: v128, gamma: v128): void {
  if (areAlone()) {
    const at = (<usize>parameter) << 2;
    const next = (<usize>partnerParameter) << 2;
    storeBoth(betaShares + at, betaShares + next, hasPartner(segment), beta);
    storeBoth(gammaShares + at, gammaShares + next, hasPartner(segment), gamma);
    return;
  }
  addTo(betaSums, parameter, f64x2.extract_lane(beta, 0));
  addTo(gammaSums, parameter, f64x2.extract_lane(gamma, 0));
  if (!hasPartner(segment)) return;
  addTo(betaSums, partnerParameter, f64x2.extract_lane(beta, 1));
  addTo(gammaSums, partnerParameter, f64x2.extract_lane(gamma, 1));
}

/** @inline */
function shareOfElement(element: i32, arePair: bool, beta: v128, gamma: v128): void {
  const at = (<usize>element) << 4;
  addBoth(betaSums + at, arePair ? beta : f64x2.replace_lane(beta, 1, 0));
  addBoth(gammaSums + at, arePair ? gamma : f64x2.replace_lane(gamma, 1, 0));
}

/** @inline */
function addBoth(sums: usize, values: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), values));
}

function closeShares(): void {
  if (areAlone()) return;
  for (let index = 0; index < parameters; index++) {
    const at = (<usize>index) << 2;
    storeOne(gammaShares + at, sumOf(gammaSums, index));
    storeOne(betaShares + at, sumOf(betaSums, index));
  }
}

function sumOf(sums: usize, index: i32): f64 {
  return gammaPerSegment ? load<f64>(sums + ((<usize>index) << 3)) : total(v128.load(sums + ((<usize>index) << 4)));
}
