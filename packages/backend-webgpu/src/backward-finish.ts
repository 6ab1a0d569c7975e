import { type Plan, segmentCount } from '@normkit/core';
import type { GivenBackward, Sums } from './backward-sums.ts';
import { type Dispatch, dispatchOf } from './commands.ts';
import { affineOf, type Domain, planUniforms } from './domain.ts';
import { mergeTeams, type Partition } from './partition.ts';
import type { Tuning } from './tuning.ts';

/** A backward call, and how dx is divided over workgroups. */
interface Work {
  readonly plan: Plan;
  readonly given: GivenBackward;
  readonly domain: Domain;
  readonly partition: Partition;
}

/** Which sums become dgamma and dbeta, and by how many workgroups. */
type Merge = ReturnType<typeof mergeOf>;

/** The merge of sums that begin at pair `affineOffset` of `partials`. */
export function mergeOf(plan: Plan, { partition }: Sums, affineOffset: number, tuning: Tuning) {
  const parameters = segmentCount(plan.affine);
  const { cells: affineCells, splits: affinePartialsPerCell } = partition;
  const terms = (affineCells / parameters) * affinePartialsPerCell;
  const { groups, teams: affineTeams, members: affineMembers } = mergeTeams(parameters, terms, tuning);
  return { groups, uniforms: { affineCells, affinePartialsPerCell, affineOffset, affineTeams, affineMembers } };
}

/** dx of whole rows; then dgamma and dbeta. */
export function dxOfRows({ plan, given, domain, partition }: Work, merge: Merge, { workgroup }: Tuning): Dispatch[] {
  const affine = affineOf(plan, domain, partition, { gamma: given.gamma, beta: false });
  const told = planUniforms(plan);
  const { useMean } = plan;
  return [
    dispatchOf(
      'rows',
      { layout: partition.summing, affine, useMean },
      { ...told, ...partition.uniforms },
      partition.groups,
    ),
    dispatchOf('affine', { workgroup }, { ...told, ...merge.uniforms, dxGroups: 0 }, merge.groups),
  ];
}

/** dx, dgamma and dbeta, from sums over the segments of the statistics or over cells, and from those of `merge`. */
export function finish({ plan, given, domain, partition }: Work, sums: Sums, merge: Merge): Dispatch {
  const affine = affineOf(plan, domain, partition, { gamma: given.gamma, beta: false });
  const { layout, groups: dxGroups } = partition;
  const groups = dxGroups + merge.groups;
  const uniforms = { ...planUniforms(plan), ...partition.uniforms, ...merge.uniforms, dxGroups };
  if (given.frozenStats) return dispatchOf('finish frozen', { layout, affine }, uniforms, groups);
  const { useMean } = plan;
  const weighs = given.gamma && !sums.weighted;
  const merged = {
    cells: sums.partition.cells,
    cellsPerSegment: sums.domain.perSegment,
    partialsPerCell: sums.partition.splits,
  };
  return dispatchOf('finish', { layout, affine, useMean, weighs }, { ...uniforms, ...merged }, groups);
}
