import type { Plan } from '@normkit/core';
import { type Dispatch, dispatchOf } from './commands.ts';
import { affineOf, type Domain, lookupOfUnits, oneBlock, partitionOf, planUniforms, segmentsDomain } from './domain.ts';
import type { Partition } from './partition.ts';
import type { Lookup } from './shaders/affine.ts';
import type { Tuning } from './tuning.ts';

/** What a backward call is given beside dy and x. */
export interface GivenBackward {
  readonly gamma: boolean;
  readonly frozenStats: boolean;
}

/** Sums of g and of g · n that one dispatch leaves in `partials`: `splits` pairs for each of `cells`. */
export interface Sums {
  readonly domain: Domain;
  readonly partition: Partition;
  /** g is gamma · dy; otherwise dy. */
  readonly weighted: boolean;
  /** The statistics belong to a part of the domain, or to each of its units. */
  readonly statistics: Lookup | 'part';
}

/** Over the cells of elements that share one gamma and one set of statistics. */
export function sumsOfCells(cells: Domain, tuning: Tuning): Sums {
  // Each cell is summed for itself: a workgroup's columns may end where no segment does.
  const partition = partitionOf({ ...cells, perSegment: 1 }, [], tuning);
  return { domain: cells, partition, weighted: false, statistics: 'part' };
}

/** Over the segments of the statistics. */
export function sumsOfStats(plan: Plan, domain: Domain, { gamma }: GivenBackward, tuning: Tuning): Sums {
  const partition = partitionOf(domain, gamma ? [plan.affine] : [], tuning);
  return { domain, partition, weighted: gamma, statistics: 'part' };
}

/** Over the segments of gamma. */
export function sumsOfAffine(plan: Plan, tuning: Tuning): Sums {
  const domain = segmentsDomain(oneBlock(plan.affine));
  const partition = partitionOf(domain, [plan.stats], tuning);
  return { domain, partition, weighted: false, statistics: lookupOfUnits(plan.stats, domain, partition) };
}

/** How many pairs of sums there are. */
export function partialsOf({ partition }: Sums): number {
  return partition.cells * partition.splits;
}

/** The dispatch. Its sums begin at pair `affineOffset` of `partials`. */
export function sumsDispatch(
  plan: Plan,
  { frozenStats }: GivenBackward,
  { domain, partition, weighted, statistics }: Sums,
  affineOffset: number,
): Dispatch {
  const affine = affineOf(plan, domain, partition, { gamma: weighted, beta: false });
  const { cells } = partition;
  const uniforms = { ...planUniforms(plan), ...partition.uniforms };
  return dispatchOf(
    'sums',
    { layout: partition.summing, affine, frozenStats, statistics },
    { ...uniforms, cells, cellsPerSegment: domain.perSegment, affineOffset },
    partition.groups,
  );
}
