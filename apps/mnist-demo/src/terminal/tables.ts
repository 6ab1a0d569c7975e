import { median } from '@normkit/shelf/measure';
import Table from 'cli-table3';
import { percent } from './display.ts';
import { backendOf, type RunResult } from './runs.ts';

/** One line for each run. */
export function summary(results: readonly RunResult[]): string {
  const table = newTable([
    'norm',
    'backend',
    'batch',
    'steps',
    'ms a step',
    'train loss',
    'test loss',
    'test accuracy',
  ]);
  for (const result of results) {
    const { norm, batchSize } = result.settings;
    table.push([
      norm,
      backendOf(result),
      batchSize,
      result.losses.length,
      median(result.milliseconds).toFixed(1),
      trainLoss(result).toFixed(3),
      result.test.loss.toFixed(3),
      percent(result.test.accuracy),
    ]);
  }
  return table.toString();
}

/** Test error by batch size: group norm's does not depend on it, batch norm's does (arXiv:1803.08494, figure 1). */
export function byBatchSize(results: readonly RunResult[]): string {
  const sizes = [...new Set(results.map(({ settings }) => settings.batchSize))];
  const table = newTable(['test error at batch size', ...sizes.map(String)]);
  for (const norm of new Set(results.map(({ settings }) => settings.norm))) {
    const error = (size: number) => {
      const found = results.find(({ settings }) => settings.norm === norm && settings.batchSize === size);
      return found ? percent(1 - found.test.accuracy) : '-';
    };
    table.push([`${norm} norm`, ...sizes.map(error)]);
  }
  return table.toString();
}

/** Losses of the same run on each backend, step by step, and how far they are apart. */
export function byBackend(results: readonly RunResult[]): string {
  const tables = [...new Set(results.map(({ settings }) => settings.norm))].map((norm) => {
    const runs = results.filter(({ settings }) => settings.norm === norm);
    const table = newTable([`${norm}: loss of step`, ...runs.map(backendOf), 'difference']);
    const gaps = gapsOf(runs);
    for (let step = 0; step < gaps.length; step += Math.max(1, Math.floor(gaps.length / 8))) {
      table.push([step + 1, ...runs.map(({ losses }) => (losses[step] ?? Number.NaN).toFixed(5)), small(gaps[step])]);
    }
    table.push(['largest difference', ...runs.map(() => ''), small(Math.max(...gaps))]);
    return table.toString();
  });
  return tables.join('\n');
}

/** How far apart the losses of the same run are on several backends, step by step. */
export function gapsOf(runs: readonly RunResult[]): number[] {
  const steps = runs[0]?.losses.length ?? 0;
  return Array.from({ length: steps }, (_, step) => spread(runs.map(({ losses }) => losses[step] ?? Number.NaN)));
}

/** Of the last steps: the loss of one batch says little. */
export function trainLoss({ losses }: RunResult): number {
  return mean(losses.slice(-50));
}

function newTable(head: string[]) {
  const colAligns: ('left' | 'right')[] = head.map((_, index) => (index === 0 ? 'left' : 'right'));
  return new Table({ head, colAligns, style: { head: [], border: [], compact: true } });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

export function small(value: number | undefined): string {
  return value === undefined ? '-' : value.toExponential(1);
}
