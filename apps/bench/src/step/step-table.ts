import Table from 'cli-table3';
import { digits, times } from '../digits.ts';
import type { StepReport } from '../run.ts';
import type { StepContender, StepTimes } from './measure-step.ts';

/** Milliseconds below which a kernel is one of the small ones. */
const SMALL = 0.05;

/** The whole step, then its kernels by what they take, then what is in no kernel. */
export function renderStep(report: StepReport): string {
  const { ours, stock } = report;
  const table = new Table({
    head: ['', 'ours', 'calls', 'stock', 'calls'],
    colWidths: [30, 10, 8, 10, 8],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  table.push(['a step', digits(ours.total.median), '', digits(stock.total.median), '']);
  const names = [...new Set([ours, stock].flatMap(({ kernels }) => Object.keys(kernels)))];
  const largest = (name: string) => Math.max(...[ours, stock].map((times) => sum(times, [name]).milliseconds));
  const large = names.filter((name) => largest(name) >= SMALL).toSorted((a, b) => largest(b) - largest(a));
  const small = names.filter((name) => largest(name) < SMALL);
  for (const name of large) table.push([name, ...cells(report, [name])]);
  table.push([`${small.length} kernels under ${SMALL} ms`, ...cells(report, small)]);
  table.push(['JavaScript, in no kernel', digits(ours.rest), '', digits(stock.rest), '']);
  return `${table.toString()}\nstock/ours: ${times(stock.total.median / ours.total.median)}`;
}

function cells(report: StepReport, names: readonly string[]): string[] {
  return (['ours', 'stock'] as const satisfies StepContender[]).flatMap((contender) => {
    const { milliseconds, calls } = sum(report[contender], names);
    return calls === 0 ? ['-', '-'] : [digits(milliseconds), String(calls)];
  });
}

function sum({ kernels }: StepTimes, names: readonly string[]): { milliseconds: number; calls: number } {
  const present = names.flatMap((name) => kernels[name] ?? []);
  return {
    milliseconds: present.reduce((total, { milliseconds }) => total + milliseconds, 0),
    calls: present.reduce((total, { calls }) => total + calls, 0),
  };
}
