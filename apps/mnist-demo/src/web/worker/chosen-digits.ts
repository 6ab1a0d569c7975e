import { PIXELS } from '@normkit/shelf/tutorial/picture';
import type { IdxSource } from '../../data/read-idx.ts';
import { builtInDigits } from '../../data/strokes/digits.ts';
import { countOf, type DigitSet } from '../../tutorial/digits.ts';
import type { DataInfo, Picture, RunId } from '../service.ts';
import { digitsFromFiles } from './picked-files.ts';

/** The digits that are chosen, and those that each run began with. */
export class ChosenDigits {
  private digits: DigitSet | undefined;
  /** Of each run. A loaded one has none until it goes on. */
  private readonly digitsOf = new Map<RunId, DigitSet>();
  /** How often digits were chosen: the last choice counts, not the one that is read last. */
  private choices = 0;

  useBuiltIn(): DataInfo {
    this.choices++;
    this.digits = builtInDigits();
    return infoOf(this.digits);
  }

  async useFiles(files: readonly IdxSource[]): Promise<DataInfo> {
    const choice = ++this.choices;
    const digits = await digitsFromFiles(files);
    if (choice === this.choices) this.digits = digits;
    return infoOf(digits);
  }

  testPicture(index: number): Picture {
    const { images, labels } = this.chosen().test;
    return { pixels: images.slice(index * PIXELS, (index + 1) * PIXELS), label: labels[index] ?? 0 };
  }

  /** These runs begin with the digits that are chosen now. */
  enlist(runs: readonly RunId[]): DataInfo {
    const digits = this.chosen();
    for (const run of runs) this.digitsOf.set(run, digits);
    return infoOf(digits);
  }

  /** What a run began with, or else what is chosen. */
  of(run: RunId): DigitSet {
    return this.digitsOf.get(run) ?? this.chosen();
  }

  forget(run: RunId): void {
    this.digitsOf.delete(run);
  }

  private chosen(): DigitSet {
    this.digits ??= builtInDigits();
    return this.digits;
  }
}

function infoOf(digits: DigitSet): DataInfo {
  const source = digits === builtInDigits() ? 'built-in' : 'MNIST';
  return { source, train: countOf(digits.train), test: countOf(digits.test) };
}
