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
import { cellsDomain, type Domain, partitionOf, planUniforms, statsDomain } from './domain.ts';
import { mergeTeams, type Partition, rowsFit } from './partition.ts';
import { record, type WebGPUBackend, withScratch } from './recording.ts';
import { affineShader, finishFrozenShader, finishShader, rowGradientShader } from './shaders/backward.ts';
import type { Uniforms } from './shaders/uniforms.ts';
import { tuningOf } from './tuning.ts';

/**
 * Where many elements share both their statistics and their gamma (batch, group and instance norms) their sums give
 * everything: two dispatches. Otherwise (layer and RMS norms) gamma differs all along a segment, so the segments of the
 * statistics and those of gamma are summed each on their own: three, of which the first writes dx where rows fit.
 */
export function backward(backend: WebGPUBackend, call: BackwardCall): BackwardResult {
  const { plan, dy, x, stats, gamma, frozenStats } = call;
  const { parameters = 0 } = planUniforms(plan);
  const make = (shape: readonly number[]) => backend.makeTensorInfo([...shape], 'float32');
  const [dx, dgamma, dbeta] = [make(x.shape), make([parameters]), make([parameters])];

  const tuning = tuningOf(backend.device);
  const domain = statsDomain(plan);
  const cells = cellsDomain(plan);
  const fits = !cells && !frozenStats && !domain.byColumns && rowsFit(domain.view, tuning);
  const ofStats = cells || frozenStats || fits ? undefined : sumsOfStats(backend, call, domain);
  const ofAffine = cells ? sumsOfCells(backend, cells) : sumsOfAffine(backend, call);
  const offset = ofStats ? entriesOf(ofStats) : 0;
  withScratch(backend, 2 * (offset + entriesOf(ofAffine)), (partials) => {
    const work: Work = { backend, call, tensors: { dy, x, stats, gamma, partials, dx, dgamma, dbeta } };
    if (ofStats) recordSums(work, ofStats, 0);
    recordSums(work, ofAffine, offset);
    const merge = {
      affineCells: ofAffine.partition.cells,
      affinePartialsPerCell: ofAffine.partition.splits,
      affineOffset: offset,
    };
    if (fits) recordRows(work, domain, merge);
    else recordFinish(work, domain, ofStats ?? ofAffine, merge);
  });
  return { dx, dgamma, dbeta };
}

/** dx of whole rows, and dgamma and dbeta. */
function recordRows({ backend, call, tensors }: Work, domain: Domain, merge: Uniforms): void {
  const partition = partitionOfStats(backend, call, domain, false);
  const gradient = gradientOf(call, domain, partition);
  const shared = { partition, tensors };
  const own = planUniforms(call.plan);
  record(backend, {
    ...shared,
    name: 'rows',
    flags: gradient,
    shader: () => rowGradientShader(partition, gradient),
    uniforms: own,
  });
  const { groups, uniforms: teams } = mergeTeams(own.parameters ?? 0, termsOf(merge, own), tuningOf(backend.device));
  record(backend, {
    ...shared,
    name: 'affine',
    flags: {},
    shader: () => affineShader(partition),
    uniforms: { ...own, ...merge, ...teams, dxGroups: 0 },
    groups,
  });
}

/** dx, dgamma and dbeta from the sums that are there. */
function recordFinish(
  { backend, call, tensors }: Work,
  domain: Domain,
  { domain: summed, partition: sums, weighted }: Sums,
  merge: Uniforms,
): void {
  const partition = partitionOfStats(backend, call, domain, true);
  const gradient = gradientOf(call, domain, partition);
  const own = planUniforms(call.plan);
  const { groups, uniforms: teams } = mergeTeams(own.parameters ?? 0, termsOf(merge, own), tuningOf(backend.device));
  const weighs = !weighted;
  record(backend, {
    name: call.frozenStats ? 'finish frozen' : 'finish',
    partition,
    flags: { ...gradient, weighs },
    shader: () =>
      call.frozenStats ? finishFrozenShader(partition, gradient) : finishShader(partition, gradient, weighs),
    tensors,
    uniforms: {
      ...own,
      ...merge,
      ...teams,
      cells: sums.cells,
      cellsPerSegment: summed.perSegment,
      partialsPerCell: sums.splits,
      dxGroups: partition.groups,
    },
    groups: partition.groups + groups,
  });
}

function partitionOfStats(
  { device }: WebGPUBackend,
  { plan, gamma }: BackwardCall,
  domain: Domain,
  mayDivide: boolean,
): Partition {
  return partitionOf(domain, gamma ? [plan.affine] : [], tuningOf(device), mayDivide);
}

/** How many sums become one of dgamma. */
function termsOf({ affineCells = 0, affinePartialsPerCell = 0 }: Uniforms, { parameters = 1 }: Uniforms): number {
  return (affineCells / parameters) * affinePartialsPerCell;
}
