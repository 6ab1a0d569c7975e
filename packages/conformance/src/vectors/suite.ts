import { describeOn, precisionOf } from '../available.ts';
import type { KernelsUnderTest, TestRunner } from '../suite.ts';
import type { VectorData } from './data.ts';
import type { Entry } from './entry.ts';
import { goldenEntries } from './golden.ts';
import { literalEntries } from './literals.ts';
import { onnxEntries } from './onnx.ts';
import { runCall } from './run.ts';
import { webnnEntries } from './webnn.ts';

/** Where the entries come from: their number in the data, and what became of each. */
interface Source {
  readonly name: string;
  readonly size: number;
  readonly entries: readonly Entry[];
}

/** Runs every entry of the data that an op can run, on the target's backend, and accounts for all others. */
export async function describeVectors(target: KernelsUnderTest, data: VectorData, runner: TestRunner): Promise<void> {
  const title = `test vectors of others, ${target.fused ? 'with kernels' : 'composed'},`;
  const all = sourcesOf(data);
  const sources = all.filter(({ size }) => size > 0);
  const absent = all.filter(({ size }) => size === 0).map(({ name }) => name);
  const ran = new Map(sources.map(({ name }) => [name, 0]));
  await describeOn(target, title, runner, (test) => {
    if (absent.length > 0) runner.it.skip?.(`not run, the data are not here: ${absent.join(', ')}`, () => undefined);
    for (const { name: source, entries } of sources) {
      for (const entry of entries) {
        if ('notApplicable' in entry) continue;
        test(`${source}: ${entry.name}`, async () => {
          ran.set(source, (ran.get(source) ?? 0) + 1);
          for (const call of entry.calls) await runCall(call, precisionOf(target));
        });
      }
    }
    test('every entry ran, or has a reason why not', () => account(sources, ran));
  });
}

function sourcesOf(data: VectorData): Source[] {
  const source = <Raw>(
    name: string,
    raw: readonly Raw[] | undefined,
    adapt: (raw: readonly Raw[]) => Entry[],
  ): Source => ({
    name,
    size: raw?.length ?? 0,
    entries: adapt(raw ?? []),
  });
  return [
    source('golden', data.golden?.cases, goldenEntries),
    source('wpt-webnn', data.wptWebnn, webnnEntries),
    source('webnn-baseline', data.webnnBaseline, webnnEntries),
    source('webnn-polyfill', data.webnnPolyfill, webnnEntries),
    source('onnx', data.onnx, onnxEntries),
    source('literals', data.literals, literalEntries),
  ];
}

function account(sources: readonly Source[], ran: ReadonlyMap<string, number>): void {
  const lines = sources.map(({ name, size, entries }) => {
    const reasons = new Map<string, number>();
    for (const entry of entries) {
      if ('notApplicable' in entry) reasons.set(entry.notApplicable, (reasons.get(entry.notApplicable) ?? 0) + 1);
    }
    const unfit = [...reasons.values()].reduce((sum, count) => sum + count, 0);
    const count = ran.get(name) ?? 0;
    if (count === 0) throw new Error(`${name}: no entry ran`);
    if (count + unfit !== size) throw new Error(`${name}: ${count} ran and ${unfit} cannot, of ${size} entries`);
    const why = [...reasons].map(([reason, times]) => `\n    ${times} not applicable: ${reason}`);
    return `  ${name}: ${count} of ${size} ran${why.join('')}`;
  });
  console.info(`test vectors\n${lines.join('\n')}`);
}
