import type { BackwardCall } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { affineOf, type Domain, lookupOfUnits, oneBlock, partitionOf, planUniforms, segmentsDomain } from './domain.ts';
import type { Partition } from './partition.ts';
import { record, type WebGPUBackend } from './recording.ts';
import type { Lookup } from './shaders/affine.ts';
import { type Gradient, sumsShader } from './shaders/backward.ts';
import { tuningOf } from './tuning.ts';

/** A backward call on its way: the tensors by the names that the shaders have for them. */
export interface Work {
  readonly backend: WebGPUBackend;
  readonly call: BackwardCall;
  readonly tensors: Readonly<Record<string, TensorInfo | undefined>>;
}

/** Sums of g and g · n that one dispatch leaves in `partials`: `splits` for each of `cells`. */
export interface Sums {
  readonly domain: Domain;
  readonly partition: Partition;
  /** g is gamma · dy; otherwise dy. */
  readonly weighted: boolean;
  /** Whether the statistics belong to a part of the domain, or to each of its units. */
  readonly statistics: Lookup | 'part';
}

/** Over the cells that elements of one gamma and one set of statistics form. */
export function sumsOfCells({ device }: WebGPUBackend, cells: Domain): Sums {
  // Each is summed for itself: where a workgroup's columns end need not be where a segment does.
  const partition = partitionOf({ ...cells, perSegment: 1 }, [], tuningOf(device));
  return { domain: cells, partition, weighted: false, statistics: 'part' };
}

/** Over the segments of the statistics. */
export function sumsOfStats({ device }: WebGPUBackend, { plan, gamma }: BackwardCall, domain: Domain): Sums {
  const partition = partitionOf(domain, gamma ? [plan.affine] : [], tuningOf(device));
  return { domain, partition, weighted: true, statistics: 'part' };
}

/** Over the segments of gamma. */
export function sumsOfAffine({ device }: WebGPUBackend, { plan }: BackwardCall): Sums {
  const domain = segmentsDomain(oneBlock(plan.affine));
  const partition = partitionOf(domain, [plan.stats], tuningOf(device));
  return { domain, partition, weighted: false, statistics: lookupOfUnits(plan.stats, domain, partition) };
}

/** How many pairs of sums there are. */
export function entriesOf({ partition }: Sums): number {
  return partition.cells * partition.splits;
}

/** Records the dispatch. The sums begin at entry `offset` of `partials`. */
export function recordSums({ backend, call, tensors }: Work, sums: Sums, offset: number): void {
  const { domain, partition, weighted, statistics } = sums;
  const gradient = gradientOf(call, domain, partition, weighted);
  record(backend, {
    name: 'sums',
    partition,
    flags: { affine: gradient.affine, isOwn: gradient.isOwn, statistics },
    shader: () => sumsShader(partition, gradient, statistics),
    tensors,
    uniforms: {
      ...planUniforms(call.plan),
      cells: partition.cells,
      cellsPerSegment: domain.perSegment,
      affineOffset: offset,
    },
  });
}

/** What the text of a backward shader depends on. */
export function gradientOf(
  { plan, gamma, frozenStats }: BackwardCall,
  domain: Domain,
  partition: Partition,
  weighted = true,
): Gradient {
  return {
    affine: affineOf(plan, domain, partition, weighted && gamma !== undefined, false),
    useMean: plan.useMean,
    // A caller gives a mean and a variance.
    isOwn: !frozenStats,
  };
}
