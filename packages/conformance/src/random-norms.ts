import * as fc from 'fast-check';
import { describeOn, precisionOf } from './available.ts';
import { agreesOverAnyAxes } from './random/any-axes.ts';
import { randomProperties } from './random/properties.ts';
import type { KernelsUnderTest, TestRunner } from './suite.ts';

/**
 * Properties of the norms, over shapes that fast-check makes up, on the target's backend; and agreement with the
 * definition over arbitrary lists of axes, which no norm need make. `numRuns`: how many shapes. Default: 100.
 */
export async function describeRandomNorms(
  target: KernelsUnderTest,
  runner: TestRunner,
  { numRuns = 100 }: { readonly numRuns?: number } = {},
): Promise<void> {
  const check = (property: fc.IAsyncProperty<unknown>) => () => fc.assert(property, { numRuns });
  await describeOn(target, 'properties of random norms', runner, (it) => {
    const precision = precisionOf(target);
    const tolerance = precision === 'float64' ? 1e-6 : 1e-5;
    for (const { name, of } of randomProperties) it(name, check(of(tolerance)));
    it('any list of axes gives what the definition says', check(agreesOverAnyAxes(precision)));
  });
}
