import type { BackwardCall } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { record, type WebGPUBackend } from './recording.ts';
import { type Gradient, sumsShader } from './shaders/backward.ts';
import type { Lookup } from './shaders/parameters.ts';
import type { Tiling } from './tiling.ts';
import { tuningOf } from './tuning.ts';
import { callOf, lookup, oneBlock, parametersOf, tile, type Walk, walkSegments } from './walk.ts';

/** A backward call on its way: the tensors by the names that the shaders have for them. */
export interface Work {
  readonly backend: WebGPUBackend;
  readonly call: BackwardCall;
  readonly tensors: Readonly<Record<string, TensorInfo | undefined>>;
}

/** Sums of g and g · n that one dispatch leaves in `partials`: `splits` for each of `cells`. */
export interface Sums {
  readonly walk: Walk;
  readonly tiling: Tiling;
  /** g is gamma · dy; otherwise dy. */
  readonly weighted: boolean;
  /** Whether the statistics belong to a part of the walk, or to each of its units. */
  readonly statistics: Lookup | 'part';
}

/** Over the cells that elements of one gamma and one set of statistics form. */
export function sumsOfCells({ device }: WebGPUBackend, cells: Walk): Sums {
  // Each is summed for itself: where a workgroup's columns end need not be where a segment does.
  const tiling = tile({ ...cells, perSegment: 1 }, [], tuningOf(device));
  return { walk: cells, tiling, weighted: false, statistics: 'part' };
}

/** Over the segments of the statistics. */
export function sumsOfStats({ device }: WebGPUBackend, { plan, gamma }: BackwardCall, walk: Walk): Sums {
  const tiling = tile(walk, gamma ? [plan.affine] : [], tuningOf(device));
  return { walk, tiling, weighted: true, statistics: 'part' };
}

/** Over the segments of gamma. */
export function sumsOfAffine({ device }: WebGPUBackend, { plan }: BackwardCall): Sums {
  const walk = walkSegments(oneBlock(plan.affine));
  const tiling = tile(walk, [plan.stats], tuningOf(device));
  return { walk, tiling, weighted: false, statistics: lookup(plan.stats, walk, tiling) };
}

/** How many pairs of sums there are. */
export function entriesOf({ tiling }: Sums): number {
  return tiling.cells * tiling.splits;
}

/** Records the dispatch. The sums begin at entry `offset` of `partials`. */
export function recordSums({ backend, call, tensors }: Work, sums: Sums, offset: number): void {
  const { walk, tiling, weighted, statistics } = sums;
  const gradient = gradientOf(call, walk, tiling, weighted);
  record(backend, {
    name: 'sums',
    tiling,
    flags: { parameters: gradient.parameters, isOwn: gradient.isOwn, statistics },
    shader: () => sumsShader(tiling, gradient, statistics),
    tensors,
    call: { ...callOf(call.plan), cells: tiling.cells, cellsPerSegment: walk.perSegment, affineOffset: offset },
  });
}

/** What the text of a backward shader depends on. */
export function gradientOf(
  { plan, gamma, frozenStats }: BackwardCall,
  walk: Walk,
  tiling: Tiling,
  weighted = true,
): Gradient {
  return {
    parameters: parametersOf(plan, walk, tiling, weighted && gamma !== undefined, false),
    useMean: plan.useMean,
    // A caller gives a mean and a variance.
    isOwn: !frozenStats,
  };
}
