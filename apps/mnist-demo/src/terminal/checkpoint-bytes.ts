import { stepsOf, stepsPerEpoch } from '../tutorial/settings.ts';
import { bytesOf, type Layout, type Values, valuesIn } from '../tutorial/snapshot.ts';
import type { Step } from '../tutorial/trainer.ts';
import { begunOf, type Current, type Header, headerIn, type Length } from './checkpoint-header.ts';
import type { Begun } from './options.ts';
import { runsOf } from './plan.ts';
import type { Progress, Run, RunResult } from './runs.ts';

/*
 * A checkpoint file is a line of JSON (`Header`), then numbers: for each run its losses, accuracies and milliseconds in
 * float64; then the weights of the current one, and what its optimizer remembers. It is input like any other: nothing
 * in it says where to read or to write, and it is taken only where this version could have written all of it.
 */

/** What it takes to go on after an interruption: what was asked for, and how far it came. */
export interface Saved {
  readonly options: Begun;
  /** Of the data that it has been trained on. */
  readonly fingerprint: string;
  readonly progress: Progress;
}

/** What is known of thirty finished runs takes 30 KB. */
const MOST_OF_HEADER = 2 ** 20;
const ROWS = ['losses', 'accuracies', 'milliseconds'] as const;
type Rows = Readonly<Record<(typeof ROWS)[number], readonly number[]>>;

export function packed({ options, fingerprint, progress: { finished, current } }: Saved): Buffer {
  const { weights = [], optimizer = [] } = current?.checkpoint.snapshot ?? {};
  const header: Header = {
    version: 3,
    options: begunOf(options),
    fingerprint,
    finished: finished.map(({ settings: { samples }, losses, test, activations }) => {
      return { samples, steps: losses.length, test, activations };
    }),
    current: current && {
      samples: current.checkpoint.settings.samples,
      steps: current.steps.length,
      weights: weights.map(layoutOf),
      optimizer: optimizer.map(layoutOf),
    },
  };
  const begun = current ? [rowsOf(current.steps)] : [];
  const rows = [...finished, ...begun].flatMap((run) => ROWS.map((row) => run[row]));
  const numbers = [...rows.map((row) => Float64Array.from(row)), ...[...weights, ...optimizer].map(({ data }) => data)];
  return Buffer.concat([
    Buffer.from(`${JSON.stringify(header)}\n`),
    ...numbers.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  ]);
}

/** `undefined` where this version has not written it. */
export function unpacked(bytes: Buffer): Saved | undefined {
  const start = 1 + bytes.subarray(0, MOST_OF_HEADER).indexOf('\n');
  const header = headerIn(bytes.toString('utf8', 0, start));
  const runs = header && runsIn(header);
  if (!runs || bytes.length !== start + lengthAfter(header)) return undefined;
  const { options, fingerprint } = header;
  const numbers = new Numbers(new Uint8Array(bytes.subarray(start)).buffer);
  const finished = runs.finished.map(({ run, told }): RunResult => {
    const { steps, test, activations } = told;
    return { ...run, ...numbers.rows(steps), test, activations };
  });
  return { options, fingerprint, progress: { finished, current: runs.current && currentIn(numbers, runs.current) } };
}

/** A run, and what the header tells of it. */
interface Told<T> {
  readonly run: Run;
  readonly told: T;
}

/** The runs that the options make, as far as the header tells of them; `undefined` where they make no such runs. */
function runsIn({ options, finished, current }: Header) {
  const planned = runsOf(options);
  const match = <T extends Length>(told: T, index: number): Told<T>[] => {
    const run = planned[index];
    if (!run || told.samples > run.settings.samples) return [];
    return [{ told, run: { ...run, settings: { ...run.settings, samples: told.samples } } }];
  };
  const all = finished.flatMap(match).filter(({ run, told }) => told.steps === stepsOf(run.settings));
  const [begun] = current ? match(current, finished.length) : [];
  const isPlanned = !current || (begun && begun.told.steps <= stepsOf(begun.run.settings));
  return isPlanned && all.length === finished.length ? { finished: all, current: begun } : undefined;
}

/** Bytes of the numbers. */
function lengthAfter({ finished, current }: Header): number {
  const steps = finished.reduce((total, each) => total + each.steps, current?.steps ?? 0);
  return 8 * ROWS.length * steps + bytesOf([...(current?.weights ?? []), ...(current?.optimizer ?? [])]);
}

function currentIn(numbers: Numbers, { run: { settings }, told }: Told<Current>): Progress['current'] {
  const { losses, accuracies, milliseconds } = numbers.rows(told.steps);
  const perEpoch = stepsPerEpoch(settings);
  const steps = losses.map((loss, index): Step => {
    const [accuracy = Number.NaN, time = Number.NaN] = [accuracies[index], milliseconds[index]];
    return { index, epoch: Math.floor(index / perEpoch), loss, accuracy, milliseconds: time };
  });
  const snapshot = { weights: numbers.values(told.weights), optimizer: numbers.values(told.optimizer) };
  return { steps, checkpoint: { settings, steps: told.steps, snapshot } };
}

/** What follows the header, in its order. */
class Numbers {
  private readonly bytes: ArrayBuffer;
  private offset = 0;

  constructor(bytes: ArrayBuffer) {
    this.bytes = bytes;
  }

  rows(steps: number): Rows {
    const next = () => Array.from(new Float64Array(this.take(8 * steps)));
    return { losses: next(), accuracies: next(), milliseconds: next() };
  }

  values(layouts: readonly Layout[]): Values[] {
    return valuesIn(this.take(bytesOf(layouts)), layouts);
  }

  private take(length: number): ArrayBuffer {
    this.offset += length;
    return this.bytes.slice(this.offset - length, this.offset);
  }
}

function rowsOf(steps: readonly Step[]): Rows {
  return {
    losses: steps.map(({ loss }) => loss),
    accuracies: steps.map(({ accuracy }) => accuracy),
    milliseconds: steps.map(({ milliseconds }) => milliseconds),
  };
}

function layoutOf({ name, shape, dtype }: Values): Layout {
  return { name, shape, dtype };
}
