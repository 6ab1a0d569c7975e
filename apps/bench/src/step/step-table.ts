import { digits, times } from '../digits.ts';
import type { Grid } from '../grid.ts';
import type { StepReport } from '../run.ts';
import type { StepTimes } from './measure-step.ts';

/** Milliseconds below which a kernel is one of the small ones. */
const SMALL = 0.05;

const COLUMNS = [
  { name: 'ours', width: 10 },
  { name: 'calls', width: 8 },
  { name: 'stock', width: 10 },
  { name: 'calls', width: 8 },
  { name: 'stock/ours', width: 12 },
];

/** The whole step, then its kernels by what they take, then what is in no kernel. */
export function stepGrid(report: StepReport): Grid {
  const { ours, stock } = report;
  const [whole, stockWhole] = [ours.total.median, stock.total.median];
  const names = [...new Set([ours, stock].flatMap(({ kernels }) => Object.keys(kernels)))];
  const largest = (name: string) => Math.max(...[ours, stock].map((times) => sum(times, [name]).milliseconds));
  const large = names.filter((name) => largest(name) >= SMALL).toSorted((a, b) => largest(b) - largest(a));
  const small = names.filter((name) => largest(name) < SMALL);
  return {
    title: '',
    columns: COLUMNS,
    rows: [
      ['a step', digits(whole), '', digits(stockWhole), '', times(stockWhole / whole)],
      ...large.map((name) => [name, ...cells(report, [name])] as const),
      [`${small.length} kernels under ${SMALL} ms`, ...cells(report, small)],
      ['JavaScript, in no kernel', digits(ours.rest), '', digits(stock.rest), '', times(stock.rest / ours.rest)],
    ],
  };
}

function cells({ ours, stock }: StepReport, names: readonly string[]): string[] {
  const [mine, theirs] = [sum(ours, names), sum(stock, names)];
  const ratio = mine.calls > 0 && theirs.calls > 0 ? times(theirs.milliseconds / mine.milliseconds) : '-';
  const both = [mine, theirs].flatMap(({ milliseconds, calls }) =>
    calls === 0 ? ['-', '-'] : [digits(milliseconds), String(calls)],
  );
  return [...both, ratio];
}

function sum({ kernels }: StepTimes, names: readonly string[]): { milliseconds: number; calls: number } {
  const present = names.flatMap((name) => kernels[name] ?? []);
  return {
    milliseconds: present.reduce((total, { milliseconds }) => total + milliseconds, 0),
    calls: present.reduce((total, { calls }) => total + calls, 0),
  };
}
