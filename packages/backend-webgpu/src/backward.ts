import { type BackwardCall, type BackwardResult, type Plan, segmentCount } from '@normkit/core';
import { dxOfRows, finish, mergeOf } from './backward-finish.ts';
import {
  type GivenBackward,
  partialsOf,
  sumsDispatch,
  sumsOfAffine,
  sumsOfCells,
  sumsOfStats,
} from './backward-sums.ts';
import type { Commands } from './commands.ts';
import { cellsDomain, partitionOf, statsDomain } from './domain.ts';
import { rowsFit } from './partition.ts';
import { record, type WebGPUBackend } from './recording.ts';
import { PARTIALS } from './shaders/module.ts';
import { type Tuning, tuningOf } from './tuning.ts';

export function backward(
  backend: WebGPUBackend,
  { plan, dy, x, stats, gamma, frozenStats }: BackwardCall,
): BackwardResult {
  const given = { gamma: gamma !== undefined, frozenStats };
  return record(backend, backwardCommands(plan, given, tuningOf(backend.device)), { dy, x, stats, gamma });
}

/**
 * Where many elements share both their statistics and their gamma (batch, group and instance norms) their sums give
 * everything: two dispatches. Otherwise (layer and RMS norms) gamma differs all along a segment, so the segments of the
 * statistics and those of gamma are summed each on their own: three, of which one writes dx where rows fit.
 */
export function backwardCommands(
  plan: Plan,
  given: GivenBackward,
  tuning: Tuning,
): Commands<'dx' | 'dgamma' | 'dbeta'> {
  const domain = statsDomain(plan);
  const cells = cellsDomain(plan);
  const isWhole = !cells && !given.frozenStats && !domain.byColumns && rowsFit(domain.view, tuning);
  const ofStats = cells || given.frozenStats || isWhole ? undefined : sumsOfStats(plan, domain, given, tuning);
  const ofAffine = cells ? sumsOfCells(cells, tuning) : sumsOfAffine(plan, tuning);
  const offset = ofStats ? partialsOf(ofStats) : 0;
  const sums = [
    ...(ofStats ? [sumsDispatch(plan, given, ofStats, 0)] : []),
    sumsDispatch(plan, given, ofAffine, offset),
  ];
  const merge = mergeOf(plan, ofAffine, offset, tuning);
  const partition = partitionOf(domain, given.gamma ? [plan.affine] : [], tuning, !isWhole);
  const work = { plan, given, domain, partition };
  const parameters = segmentCount(plan.affine);
  return {
    outputs: { dx: 'as x', dgamma: [parameters], dbeta: [parameters] },
    scratch: { partials: PARTIALS.sums.floats * (offset + partialsOf(ofAffine)) },
    dispatches: [...sums, ...(isWhole ? dxOfRows(work, merge, tuning) : [finish(work, ofStats ?? ofAffine, merge)])],
  };
}
