import Table from 'cli-table3';
import type { ContenderName, Pass } from './contenders.ts';
import { FEW_ROUNDS, type Timing } from './measure.ts';

/** What was measured of one shape and pass. */
export interface Row {
  readonly pass: Pass;
  readonly timings: Partial<Record<ContenderName, Timing>>;
  /** The most bytes that ours took beyond its inputs, over the bytes of x. */
  readonly extraMemory: number;
}

export interface Section {
  readonly label: string;
  readonly rows: readonly Row[];
}

const ABSENT = '-';

/** One shape's table. Times in milliseconds; a count in parentheses where there were few rounds. */
export function renderSection({ label, rows }: Section): string {
  const table = new Table({
    head: [label, 'ours', 'composed', 'stock', 'copy', 'ours/copy', 'composed/ours', 'stock/ours', 'extra memory'],
    // Tables under one another line up, and a file of them has no colour codes in it.
    colWidths: [36, 10, 14, 14, 10, 11, 15, 12, 14],
    colAligns: ['left', ...Array<'right'>(8).fill('right')],
    style: { head: [], border: [], compact: true },
  });
  for (const { pass, timings, extraMemory } of rows) {
    const { ours, composed, stock, copy } = timings;
    table.push([
      pass,
      ...[ours, composed, stock, copy].map(timing),
      ...[ratio(ours, copy), ratio(composed, ours), ratio(stock, ours)],
      times(extraMemory),
    ]);
  }
  return table.toString();
}

/** The same as data. */
export function toJson(context: object, sections: readonly Section[]): string {
  return `${JSON.stringify({ ...context, sections }, undefined, 2)}\n`;
}

function timing(value: Timing | undefined): string {
  if (!value) return ABSENT;
  const { median, rounds } = value;
  return rounds < FEW_ROUNDS ? `${digits(median)} (${rounds})` : digits(median);
}

function ratio(numerator: Timing | undefined, denominator: Timing | undefined): string {
  return numerator && denominator ? times(numerator.median / denominator.median) : ABSENT;
}

function times(factor: number): string {
  return `${digits(factor)}x`;
}

/** Three significant digits, and no exponent. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
