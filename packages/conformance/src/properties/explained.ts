import { explainNorm } from '@normkit/core';
import { coreLayouts, type Layout } from '../cases.ts';
import { parameterShape } from '../check.ts';
import { membership } from '../oracle.ts';
import { testedNorm } from '../tested-norms.ts';
import { describeLayout } from './read.ts';

/** What `explain` says of a norm follows from its definition by index tuples. */
export async function explained(): Promise<void> {
  for (const layout of coreLayouts()) {
    const { shape, axis, groups } = layout;
    const facts = explainNorm(testedNorm(layout).op, shape, { axis, ...(groups === undefined ? {} : { groups }) });
    const { segments } = membership(layout);
    const size = shape.reduce((product, extent) => product * extent, 1);
    const expected = {
      statistics: segments,
      elements: size / segments,
      parameterShape: parameterShape(layout),
      reducedAxes: shape.map((_, index) => index).filter((index) => isReduced(layout, index)),
    };
    for (const [name, value] of Object.entries(expected)) {
      const said = facts[name as keyof typeof expected];
      if (String(said) !== String(value)) {
        throw new Error(`explain of ${describeLayout(layout)}: ${name} is [${said}], but [${value}] by index tuples`);
      }
    }
  }
}

/** Whether elements that differ along this axis alone always share statistics. */
function isReduced(layout: Layout, axis: number): boolean {
  const { shape } = layout;
  const origin = shape.map(() => 0);
  const keys = Array.from({ length: shape[axis] ?? 1 }, (_, index) =>
    testedNorm(layout).segmentOf(origin.with(axis, index), layout).join(),
  );
  return new Set(keys).size === 1;
}
