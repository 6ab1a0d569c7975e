import type { Backend } from './backends.ts';
import { type Contender, type ContenderName, contendersOn, type Pass, type Prepared } from './contenders.ts';
import { type Limits, measure, type Timing } from './measure.ts';
import { labelOf, type Shape, sizeOf } from './shapes.ts';

/** What was measured of one shape and pass. */
export interface Row {
  readonly pass: Pass;
  readonly timings: Partial<Record<ContenderName, Timing>>;
  /** The most bytes that ours took beyond its inputs, over the bytes of x. */
  readonly extraMemory: number;
}

/** What was measured of one shape. */
export interface Section {
  readonly label: string;
  readonly rows: readonly Row[];
}

/** Measures shape by shape, in any environment. */
export async function* measureShapes(
  backend: Backend,
  peers: readonly Contender[],
  shapes: readonly Shape[],
  limits: Limits,
): AsyncGenerator<Section> {
  const contenders = [...contendersOn(backend), ...peers];
  for (const shape of shapes) {
    const rows: Row[] = [];
    for (const pass of ['forward', 'forward+backward'] as const) {
      rows.push(await measureRow(contenders, shape, pass, limits));
    }
    yield { label: labelOf(shape), rows };
  }
}

async function measureRow(contenders: readonly Contender[], shape: Shape, pass: Pass, limits: Limits): Promise<Row> {
  const prepared = new Map<ContenderName, Prepared>();
  for (const { name, supports, prepare } of contenders) {
    if (supports(shape, pass)) prepared.set(name, await prepare(shape, pass));
  }
  const timings = Object.fromEntries(await measure(prepared, limits));
  const bytes = (await prepared.get('ours')?.extraBytes?.()) ?? Number.NaN;
  for (const { dispose } of prepared.values()) await dispose();
  return { pass, timings, extraMemory: bytes / (4 * sizeOf(shape)) };
}
