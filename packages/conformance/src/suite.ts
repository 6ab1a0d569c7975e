import { kernelNames, normTraits } from '@normkit/core';
import * as tf from '@tensorflow/tfjs-core';
import { rowNorm } from './any-axes.ts';
import { precisionAt, precisionOf } from './available.ts';
import { holds, normCases } from './cases.ts';
import { checkNormCase } from './check.ts';
import { properties } from './properties/index.ts';
import { testedNorm, testedNorms } from './tested-norms.ts';

/** A backend under test. */
export interface KernelsUnderTest {
  /** The TensorFlow.js name of the backend. */
  readonly backend: string;
  /** Makes the backend available; rejects where this machine cannot. Called when the tests are collected, once by each suite. */
  readonly open: () => Promise<unknown>;
  /** Whether kernels are registered for it, or its ops are composed. The suite checks that this is so. */
  readonly fused: boolean;
  /** Whether a machine that cannot open the backend fails the run. Default: where the environment sets CI. */
  readonly required?: boolean;
}

type Test = (name: string, run: () => void | Promise<void>) => unknown;

/** The two functions that the suite needs of a test runner. Default: the global ones. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: Test & { readonly skip?: Test };
}

/**
 * The conformance suite: every case and property of the numeric contract, through the public ops, on one backend. What
 * is asked of its results follows from what its kernels say of themselves: their precision, and the extras that they do.
 *
 * @example
 * await describeNormKernels({ backend: 'my-backend', open: () => import('./my-backend.js'), fused: true });
 */
export async function describeNormKernels(
  target: KernelsUnderTest,
  runner: TestRunner = globalRunner(),
): Promise<void> {
  const { backend, fused } = target;
  const absent = await opened(target);
  const title = `${fused ? 'kernels' : 'composed norms'} on ${backend}`;
  if (absent !== undefined) {
    reportAbsent(title, absent, target, runner);
    return;
  }
  const precision = precisionOf(target);
  const { describe, it } = runner;
  const test: Test = (name, run) =>
    it(name, async () => {
      await tf.setBackend(backend);
      await run();
    });
  describe(title, () => {
    describe('agree with the definition', () => {
      for (const normCase of normCases()) {
        const { layout, name, needs } = normCase;
        const asked = precisionAt(precision, testedNorm(layout).op, layout.shape, layout);
        if (holds(asked, needs)) test(name, () => checkNormCase(normCase, asked));
      }
    });
    for (const { name, needs, check } of properties) {
      if (holds(precision, needs ?? 'float32')) test(name, () => check(precision));
    }
    test(fused ? 'run as one kernel each way' : 'run without kernels', () => expectKernels(fused));
  });
}

async function opened({ backend, open }: KernelsUnderTest): Promise<string | undefined> {
  try {
    await open();
    return (await tf.setBackend(backend)) ? undefined : `TensorFlow.js could not set the backend '${backend}'`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function reportAbsent(
  title: string,
  reason: string,
  { required = isContinuousIntegration() }: KernelsUnderTest,
  { describe, it }: TestRunner,
): void {
  describe(title, () => {
    if (!required && it.skip) it.skip(`not tested, the backend is not available here: ${reason}`, () => undefined);
    else {
      it('is available', () => {
        if (required)
          throw new Error(`[normkit] ${title}: this run requires the backend, and it is not available: ${reason}`);
      });
    }
  });
}

function isContinuousIntegration(): boolean {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return Boolean(process?.env?.['CI']);
}

function globalRunner(): TestRunner {
  const { describe, it } = globalThis as Partial<TestRunner>;
  if (describe && it) return { describe, it };
  throw new Error(
    '[normkit] describeNormKernels: no global describe and it; pass { describe, it } of your test runner as the second argument',
  );
}

async function expectKernels(fused: boolean): Promise<void> {
  await expectPlainCalls(fused);
  await expectExtras();
}

async function expectPlainCalls(fused: boolean): Promise<void> {
  const { names, results } = await profiled(() => {
    const x = tf.tensor2d([1, 2, 4, 7, 3, 5], [2, 3]);
    const gamma = tf.tensor1d([2, 3, 5]);
    const given = { mean: [1, 2, 3], variance: [4, 5, 6], gamma };
    const ofGiven = testedNorms().flatMap(({ op, withStats }) =>
      withStats ? [tf.grad((input: tf.Tensor) => op(input, given as never))(x)] : [],
    );
    return [tf.grad((input: tf.Tensor) => rowNorm(input, { gamma }))(x), ...ofGiven];
  });
  tf.dispose(results);
  const all = Object.values(kernelNames);
  const found = all.filter((name) => names.includes(name));
  const wanted = fused ? all : [];
  if (found.join() !== wanted.join())
    throw new Error(`expected the kernels [${wanted}] to run, but it was [${found}] among ${names}`);
}

/** Whether a masked norm runs as a kernel where the backend says that its kernels take weights, and only there. */
async function expectExtras(): Promise<void> {
  const { names, results } = await profiled(() => [
    rowNorm(tf.tensor2d([1, 2, 4, 7], [2, 2]), { mask: tf.tensor1d([1, 0.5]) }),
  ]);
  tf.dispose(results);
  const declared = normTraits(tf.getBackend())?.extras?.includes('weights') ?? false;
  if (names.includes(kernelNames.forward) === declared) return;
  throw new Error(`weights are ${declared ? '' : 'not '}among the extras of the kernels, but ${names} ran`);
}

async function profiled(run: () => tf.Tensor[]): Promise<{ names: string[]; results: tf.Tensor[] }> {
  let results: tf.Tensor[] = [];
  const { kernels } = await tf.profile(() => {
    results = tf.tidy(run);
    return results;
  });
  return { names: kernels.map(({ name }) => name), results };
}
