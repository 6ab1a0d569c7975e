import type { Plan, View } from '@normkit/core';

/** A view as core makes it: its kept extents are one where none lies between them, and so are its reduced ones. */
function view(outer: number, rows: number, inner: number, run: number): View {
  if (rows === 1) return [outer * inner, 1, 1, run];
  return inner === 1 ? [outer, 1, 1, rows * run] : [outer, rows, inner, run];
}

/** The extents of [batch, before, groups, channels of a group, after]: channels are last where `after` is 1. */
export type Extents = readonly [n: number, before: number, groups: number, channels: number, after: number];

/** Plans for a tensor of such extents: those of norms, and one that no norm has yet. */
export const plans = {
  'batch norm': ([n, before, groups, channels, after]: Extents, useMean = true): Plan => {
    const perChannel = view(1, n * before, groups * channels, after);
    return { stats: perChannel, affine: perChannel, useMean, epsilon: 1e-3 };
  },
  'group norm': ([n, before, groups, channels, after]: Extents, useMean = true): Plan => ({
    stats: view(n, before, groups, channels * after),
    affine: view(1, n * before, groups * channels, after),
    useMean,
    epsilon: 1e-3,
  }),
  'instance norm': ([n, before, groups, channels, after]: Extents, useMean = true): Plan => ({
    stats: view(n, before, groups * channels, after),
    affine: view(1, n * before, groups * channels, after),
    useMean,
    epsilon: 1e-3,
  }),
  'layer norm': ([n, before, groups, channels, after]: Extents, useMean = true): Plan => ({
    stats: view(n * before, 1, 1, groups * channels * after),
    affine: view(1, n * before, groups * channels * after, 1),
    useMean,
    epsilon: 1e-3,
  }),
  'layer norm of images': ([n, before, groups, channels, after]: Extents, useMean = true): Plan => ({
    stats: view(n, 1, 1, before * groups * channels * after),
    affine: view(1, n, before * groups * channels * after, 1),
    useMean,
    epsilon: 1e-3,
  }),
  'layer norm of a middle axis': ([n, before, groups, channels, after]: Extents, useMean = true): Plan => ({
    stats: view(n, before, groups * channels * after, 1),
    affine: view(1, n, before, groups * channels * after),
    useMean,
    epsilon: 1e-3,
  }),
  'a gamma for each statistic': ([n, before, groups, channels, after]: Extents, useMean = true): Plan => {
    const own = view(n, before, groups * channels, after);
    return { stats: own, affine: own, useMean, epsilon: 1e-3 };
  },
} as const;
