import { Presets, SingleBar } from 'cli-progress';
import type { MnistFile } from '../data/mnist.ts';
import { DEFAULTS } from '../tutorial/settings.ts';
import type { Step } from '../tutorial/trainer.ts';
import { backendOf, type Run, type RunResult } from './runs.ts';

/** The line of what is under way: a bar on a terminal, nothing in a file. */
export class Display {
  private bar: SingleBar | undefined;
  private recent: Step[] = [];
  private readonly print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.print = print;
  }

  download(file: MnistFile, bytes: number): void {
    const total = Math.round(file.bytes / 1e3);
    if (!this.bar) {
      this.bar = newBar('{name} {bar} {value}/{total} KB');
      this.bar.start(total, 0, { name: file.name });
    }
    this.bar.update(Math.round(bytes / 1e3), { name: file.name });
    if (bytes >= file.bytes) this.stop();
  }

  begin(run: Run, total: number, done: number): void {
    this.recent = [];
    this.bar = newBar(
      '{name} {bar} {value}/{total}  loss {loss}  {accuracy} right  {speed} ms a step  {eta_formatted} left',
    );
    this.bar.start(total, done, { name: titleOf(run).padEnd(19), loss: '-', accuracy: '-', speed: '-' });
  }

  /** Shows the mean of the last steps: one batch says little. */
  step(step: Step): void {
    this.recent = [...this.recent.slice(-24), step];
    const mean = (value: (step: Step) => number) =>
      this.recent.reduce((sum, each) => sum + value(each), 0) / this.recent.length;
    this.bar?.update(step.index + 1, {
      loss: mean(({ loss }) => loss).toFixed(3),
      accuracy: percent(mean(({ accuracy }) => accuracy)),
      speed: mean(({ milliseconds }) => milliseconds).toFixed(0),
    });
  }

  end(result: RunResult): void {
    this.stop();
    this.print(
      `${titleOf(result).padEnd(27)} test accuracy ${percent(result.test.accuracy)}, loss ${result.test.loss.toFixed(3)}`,
    );
  }

  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

/** What the run is called: what it does not share with the tutorial, besides the norm and the backend. */
export function titleOf(run: Run): string {
  const { norm, batchSize, optimizer } = run.settings;
  const title = [norm === 'none' ? 'no norm' : `${norm} norm`, backendOf(run)];
  if (batchSize !== DEFAULTS.batchSize) title.push(`batch ${batchSize}`);
  if (optimizer !== DEFAULTS.optimizer) title.push(optimizer);
  return title.join(', ');
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function newBar(format: string): SingleBar {
  return new SingleBar({ format, clearOnComplete: true, hideCursor: true, barsize: 12, fps: 8 }, Presets.shades_grey);
}
