import type { GoldenEntry, Values } from './data.ts';
import type { Entry, Op } from './entry.ts';

const ops: Record<GoldenEntry['kind'], Op> = {
  group: 'groupNorm',
  instance: 'instanceNorm',
  layer: 'layerNorm',
  rms: 'rmsNorm',
  batch: 'batchNorm',
};

/** PyTorch's outputs and gradients. They are float64, so the tolerance is our own contract. */
export function goldenEntries(cases: readonly GoldenEntry[]): Entry[] {
  return cases.map((entry): Entry => {
    const { name, kind, shape, paramShape, axis, groups, epsilon } = entry;
    const parameter = (data: readonly number[] | null): Values | undefined =>
      data === null ? undefined : { shape: paramShape, data };
    return {
      name,
      calls: [
        {
          op: ops[kind],
          options: { axis, groups: groups ?? undefined, epsilon },
          inputs: { x: { shape, data: entry.x }, gamma: parameter(entry.gamma), beta: parameter(entry.beta) },
          upstream: { shape, data: entry.dy },
          expected: {
            y: { shape, data: entry.y },
            dx: { shape, data: entry.dx },
            dgamma: parameter(entry.dgamma),
            dbeta: parameter(entry.dbeta),
          },
          tolerance: { metric: 'contract' },
        },
      ],
    };
  });
}
