import { type Plan, segmentCount, segmentSize, type View, walkOf } from '@normkit/core';
import type { GivenAffine } from './commands.ts';
import { type Partition, partitionColumns, partitionRows } from './partition.ts';
import type { Affine, Lookup } from './shaders/affine.ts';
import type { Tuning } from './tuning.ts';

/** A view that a dispatch goes over, by rows, or by columns of which `perSegment` neighbours belong to one segment. */
export interface Domain {
  readonly view: View;
  readonly byColumns: boolean;
  readonly perSegment: number;
}

/** The domain of the segments of the statistics. Short runs are taken as columns, each of one element in a row. */
export function statsDomain(plan: Plan): Domain {
  const [outer, rows, inner, run] = plan.stats;
  return walkOf(plan).lanes > 0
    ? { view: [outer, rows, inner * run, 1], byColumns: true, perSegment: run }
    : { view: plan.stats, byColumns: false, perSegment: 1 };
}

/** The domain of the segments of a view, where each is summed for itself. */
export function segmentsDomain(view: View): Domain {
  return { view, byColumns: view[3] === 1 && view[2] > 1, perSegment: 1 };
}

/**
 * The domain of the cells of a plan. A cell is the elements that share both their statistics and their gamma: cell c has
 * gamma c mod parameters, and statistics c / perSegment. `undefined` where cells are single elements (layer and RMS
 * norms), and where four extents cannot describe them.
 */
export function cellsDomain({ stats, affine }: Plan): Domain | undefined {
  const [outer, rows, inner, run] = stats;
  const [affineOuter, , affineInner, affineRun] = oneBlock(affine);
  const perSegment = run / affineRun;
  const isWhole = affineOuter === 1 && Number.isInteger(perSegment);
  const repeats = (rows === 1 && inner === 1) || (inner * perSegment) % affineInner === 0;
  if (!isWhole || !repeats || (perSegment > 1 && rows * affineRun < 4)) return undefined;
  const view: View =
    rows === 1 ? [outer * inner * perSegment, 1, 1, affineRun] : [outer, rows, inner * perSegment, affineRun];
  return { ...segmentsDomain(view), perSegment };
}

/** The same view with its kept extent as `inner`. Core makes it `outer` where nothing else is kept. */
export function oneBlock(view: View): View {
  const [outer, rows, inner, run] = view;
  return rows === 1 && inner === 1 ? [1, 1, outer, run] : view;
}

/** The partition of a domain. A thread reads four floats at once where the extents and each of the `lookups` allow it. */
export function partitionOf(
  { view, byColumns, perSegment }: Domain,
  lookups: readonly View[],
  tuning: Tuning,
  mayDivide = true,
): Partition {
  const extent = view[byColumns ? 2 : 3];
  const unit = extent % 4 === 0 && lookups.every((lookup) => lookupOf(lookup) !== undefined) ? 4 : 1;
  return byColumns ? partitionColumns(view, perSegment, unit, tuning) : partitionRows(view, unit, tuning, mayDivide);
}

/** How four consecutive elements find their segments of a view. `undefined` where they may lie across two lines of it. */
function lookupOf(view: View): 'each' | 'shared' | undefined {
  const [, , inner, run] = oneBlock(view);
  if (run % 4 === 0) return 'shared';
  return run === 1 && inner % 4 === 0 ? 'each' : undefined;
}

/** How the units of a domain find their segments of a view. */
export function lookupOfUnits(view: View, domain: Domain, partition: Partition): Lookup {
  return isAtStep(view, domain) ? 'step' : lookupInPart(view, partition);
}

/** How they find them from the unit's place in the tensor, without its step. */
function lookupInPart(view: View, { layout: { unit } }: Partition): Lookup {
  return unit === 4 ? (lookupOf(view) ?? 'shared') : 'shared';
}

/** Whether the domain's rows have a segment of the view for each element, or its columns one for each row. */
function isAtStep(view: View, { view: [, rows, columns, run], byColumns }: Domain): boolean {
  const [outer, , inner, own] = oneBlock(view);
  if (outer !== 1) return false;
  return byColumns ? inner === rows && own === columns : rows === 1 && columns === 1 && inner === run && own === 1;
}

/** Without gamma and beta one key, and so one text, serves all shapes. */
const NO_AFFINE: Affine = { gamma: false, beta: false, lookup: 'shared', onePerPart: false };

/** How a domain's units find gamma and beta. */
export function affineOf(plan: Plan, domain: Domain, partition: Partition, { gamma, beta }: GivenAffine): Affine {
  if (!gamma && !beta) return NO_AFFINE;
  const onePerPart = hasOnePerPart(plan, domain);
  const lookup = onePerPart ? lookupInPart(plan.affine, partition) : lookupOfUnits(plan.affine, domain, partition);
  return { gamma, beta, lookup, onePerPart };
}

function hasOnePerPart({ affine }: Plan, { view, byColumns }: Domain): boolean {
  const [outer, , inner, run] = oneBlock(affine);
  const [, rows, viewInner, viewRun] = view;
  const repeats = outer === 1 && (viewInner * viewRun) % (inner * run) === 0;
  return byColumns ? repeats : run % viewRun === 0 && (rows === 1 || repeats);
}

/** What shaders are told of a plan. */
export function planUniforms({ stats, affine, epsilon }: Plan) {
  const [, statsRows, statsInner, statsRun] = stats;
  const [, affineRows, affineInner, affineRun] = oneBlock(affine);
  return {
    statsRows,
    statsInner,
    statsRun,
    segments: segmentCount(stats),
    segmentSize: segmentSize(stats),
    affineRows,
    affineInner,
    affineRun,
    parameters: segmentCount(affine),
    epsilon,
    zero: 0,
  } as const;
}
