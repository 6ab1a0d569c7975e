import Table from 'cli-table3';
import type { ContenderName } from './contenders.ts';
import { digits, times } from './digits.ts';
import { FEW_ROUNDS, type Timing } from './measure.ts';
import type { Row, Section } from './run.ts';

const ABSENT = '-';

/** The columns in their order; those of peers that are absent are left out. */
const TIMES: readonly ContenderName[] = ['ours', 'composed', 'stock', 'onnx', 'torch', 'copy'];
const RATIOS: readonly (readonly [ContenderName, ContenderName])[] = [
  ['ours', 'copy'],
  ['composed', 'ours'],
  ['stock', 'ours'],
  ['onnx', 'ours'],
  ['torch', 'ours'],
];

/** Their times may have six digits and a count behind them. */
const SLOW: readonly ContenderName[] = ['composed', 'stock'];

/** One shape's table. Times in milliseconds; a count in parentheses where there were few rounds. */
export function renderSection({ label, rows }: Section, absent: readonly ContenderName[] = []): string {
  const names = TIMES.filter((name) => !absent.includes(name));
  const ratios = RATIOS.filter((pair) => !pair.some((name) => absent.includes(name)));
  const head = [label, ...names, ...ratios.map((pair) => pair.join('/')), 'extra memory'];
  const table = new Table({
    head,
    // Tables under one another line up, and a file of them has no colour codes in it.
    colWidths: [36, ...names.map((name) => (SLOW.includes(name) ? 14 : 10)), ...head.slice(1 + names.length).map(fit)],
    colAligns: ['left', ...names.map(() => 'right' as const), ...ratios.map(() => 'right' as const), 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(cellsOf(row, names, ratios));
  return table.toString();
}

function fit(text: string): number {
  return text.length + 2;
}

function cellsOf({ pass, timings, extraMemory }: Row, names: typeof TIMES, ratios: typeof RATIOS): string[] {
  return [
    pass,
    ...names.map((name) => timing(timings[name])),
    ...ratios.map(([over, under]) => ratio(timings[over], timings[under])),
    times(extraMemory),
  ];
}

function timing(value: Timing | undefined): string {
  if (!value) return ABSENT;
  const { median, rounds } = value;
  return rounds < FEW_ROUNDS ? `${digits(median)} (${rounds})` : digits(median);
}

function ratio(numerator: Timing | undefined, denominator: Timing | undefined): string {
  return numerator && denominator ? times(numerator.median / denominator.median) : ABSENT;
}
