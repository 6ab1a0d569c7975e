import type { BackwardCall, BackwardResult } from '@normkit/core';
import {
  entriesOf,
  gradientOf,
  recordSums,
  type Sums,
  sumsOfAffine,
  sumsOfCells,
  sumsOfStats,
  type Work,
} from './backward-sums.ts';
import { record, type WebGPUBackend, withScratch } from './recording.ts';
import { affineShader, finishFrozenShader, finishShader, rowGradientShader } from './shaders/backward.ts';
import type { Call } from './shaders/call.ts';
import { rowsFit, type Tiling, tileMerge } from './tiling.ts';
import { tuningOf } from './tuning.ts';
import { callOf, tile, type Walk, walkCells, walkStats } from './walk.ts';

/**
 * Where many elements share both their statistics and their gamma (batch, group and instance norms) their sums give
 * everything: two dispatches. Otherwise (layer and RMS norms) gamma differs all along a segment, so the segments of the
 * statistics and those of gamma are summed each on their own: three, of which the first writes dx where rows fit.
 */
export function backward(backend: WebGPUBackend, call: BackwardCall): BackwardResult {
  const { plan, dy, x, stats, gamma, frozenStats } = call;
  const { parameters = 0 } = callOf(plan);
  const make = (shape: readonly number[]) => backend.makeTensorInfo([...shape], 'float32');
  const [dx, dgamma, dbeta] = [make(x.shape), make([parameters]), make([parameters])];

  const tuning = tuningOf(backend.device);
  const walk = walkStats(plan);
  const cells = walkCells(plan);
  const fits = !cells && !frozenStats && !walk.byColumns && rowsFit(walk.view, tuning);
  const ofStats = cells || frozenStats || fits ? undefined : sumsOfStats(backend, call, walk);
  const ofAffine = cells ? sumsOfCells(backend, cells) : sumsOfAffine(backend, call);
  const offset = ofStats ? entriesOf(ofStats) : 0;
  withScratch(backend, 2 * (offset + entriesOf(ofAffine)), (partials) => {
    const work: Work = { backend, call, tensors: { dy, x, stats, gamma, partials, dx, dgamma, dbeta } };
    if (ofStats) recordSums(work, ofStats, 0);
    recordSums(work, ofAffine, offset);
    const merge = { affineCells: ofAffine.tiling.cells, affineParts: ofAffine.tiling.splits, affineOffset: offset };
    if (fits) recordRows(work, walk, merge);
    else recordFinish(work, walk, ofStats ?? ofAffine, merge);
  });
  return { dx, dgamma, dbeta };
}

/** dx of whole rows, and dgamma and dbeta. */
function recordRows({ backend, call, tensors }: Work, walk: Walk, merge: Call): void {
  const tiling = tileOf(backend, call, walk, false);
  const gradient = gradientOf(call, walk, tiling);
  const shared = { tiling, tensors };
  const own = callOf(call.plan);
  record(backend, {
    ...shared,
    name: 'rows',
    flags: gradient,
    shader: () => rowGradientShader(tiling, gradient),
    call: own,
  });
  const { groups, call: teams } = tileMerge(own.parameters ?? 0, termsOf(merge, own), tuningOf(backend.device));
  record(backend, {
    ...shared,
    name: 'affine',
    flags: {},
    shader: () => affineShader(tiling),
    call: { ...own, ...merge, ...teams, walkGroups: 0 },
    groups,
  });
}

/** dx, dgamma and dbeta from the sums that are there. */
function recordFinish(
  { backend, call, tensors }: Work,
  walk: Walk,
  { walk: summed, tiling: sums, weighted }: Sums,
  merge: Call,
): void {
  const tiling = tileOf(backend, call, walk, true);
  const gradient = gradientOf(call, walk, tiling);
  const own = callOf(call.plan);
  const { groups, call: teams } = tileMerge(own.parameters ?? 0, termsOf(merge, own), tuningOf(backend.device));
  const weighs = !weighted;
  record(backend, {
    name: call.frozenStats ? 'finish frozen' : 'finish',
    tiling,
    flags: { ...gradient, weighs },
    shader: () => (call.frozenStats ? finishFrozenShader(tiling, gradient) : finishShader(tiling, gradient, weighs)),
    tensors,
    call: {
      ...own,
      ...merge,
      ...teams,
      cells: sums.cells,
      cellsPerSegment: summed.perSegment,
      parts: sums.splits,
      walkGroups: tiling.groups,
    },
    groups: tiling.groups + groups,
  });
}

function tileOf({ device }: WebGPUBackend, { plan, gamma }: BackwardCall, walk: Walk, mayDivide: boolean): Tiling {
  return tile(walk, gamma ? [plan.affine] : [], tuningOf(device), mayDivide);
}

/** How many sums become one of dgamma. */
function termsOf({ affineCells = 0, affineParts = 0 }: Call, { parameters = 1 }: Call): number {
  return (affineCells / parameters) * affineParts;
}
