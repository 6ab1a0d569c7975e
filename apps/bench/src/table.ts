import type { ContenderName } from './contenders.ts';
import { digits, times } from './digits.ts';
import type { Grid } from './grid.ts';
import { FEW_ROUNDS, type Timing } from './measure.ts';
import type { Section } from './run.ts';

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
export function sectionGrid({ label, rows }: Section, absent: readonly ContenderName[] = []): Grid {
  const names = TIMES.filter((name) => !absent.includes(name));
  const ratios = RATIOS.filter((pair) => !pair.some((name) => absent.includes(name)));
  return {
    title: label,
    columns: [
      ...names.map((name) => ({ name, width: SLOW.includes(name) ? 14 : 10 })),
      ...[...ratios.map((pair) => pair.join('/')), 'extra memory'].map((name) => ({ name, width: name.length + 2 })),
    ],
    rows: rows.map(({ pass, timings, extraMemory }) => [
      pass,
      ...names.map((name) => timing(timings[name])),
      ...ratios.map(([over, under]) => ratio(timings[over], timings[under])),
      times(extraMemory),
    ]),
  };
}

function timing(value: Timing | undefined): string {
  if (!value) return ABSENT;
  const { median, rounds } = value;
  return rounds < FEW_ROUNDS ? `${digits(median)} (${rounds})` : digits(median);
}

function ratio(numerator: Timing | undefined, denominator: Timing | undefined): string {
  return numerator && denominator ? times(numerator.median / denominator.median) : ABSENT;
}
