import { digits, times } from '../digits.ts';
import type { Grid } from '../grid.ts';
import type { StepReport } from '../run.ts';
import type { StepContender, StepProfile } from './measure-step.ts';

/** Milliseconds below which a kernel is one of the small ones. */
const SMALL = 0.05;

const COLUMNS = [
  { name: 'ours', width: 10 },
  { name: 'calls', width: 8 },
  { name: 'stock', width: 10 },
  { name: 'calls', width: 8 },
  { name: 'stock/ours', width: 12 },
];

/** The whole step, then, where they were timed, its kernels by what they take and what is in no kernel. */
export function stepGrid({ ours, stock }: StepReport): Grid {
  const [whole, stockWhole] = [ours.total.median, stock.total.median];
  const rows = ours.profile && stock.profile ? rowsOf({ ours: ours.profile, stock: stock.profile }) : [];
  return {
    title: '',
    columns: COLUMNS,
    rows: [['a step', digits(whole), '', digits(stockWhole), '', times(stockWhole / whole)], ...rows],
  };
}

type Profiles = Readonly<Record<StepContender, StepProfile>>;

function rowsOf(profiles: Profiles): Grid['rows'] {
  const { ours, stock } = profiles;
  const names = [...new Set([ours, stock].flatMap(({ kernels }) => Object.keys(kernels)))];
  const largest = (name: string) => Math.max(...[ours, stock].map((times) => sum(times, [name]).milliseconds));
  const large = names.filter((name) => largest(name) >= SMALL).toSorted((a, b) => largest(b) - largest(a));
  const small = names.filter((name) => largest(name) < SMALL);
  return [
    ...large.map((name) => [name, ...cells(profiles, [name])] as const),
    [`${small.length} kernels under ${SMALL} ms`, ...cells(profiles, small)],
    ['JavaScript, in no kernel', digits(ours.rest), '', digits(stock.rest), '', times(stock.rest / ours.rest)],
  ];
}

function cells({ ours, stock }: Profiles, names: readonly string[]): string[] {
  const [mine, theirs] = [sum(ours, names), sum(stock, names)];
  const ratio = mine.calls > 0 && theirs.calls > 0 ? times(theirs.milliseconds / mine.milliseconds) : '-';
  const both = [mine, theirs].flatMap(({ milliseconds, calls }) =>
    calls === 0 ? ['-', '-'] : [digits(milliseconds), String(calls)],
  );
  return [...both, ratio];
}

function sum({ kernels }: StepProfile, names: readonly string[]): { milliseconds: number; calls: number } {
  const present = names.flatMap((name) => kernels[name] ?? []);
  return {
    milliseconds: present.reduce((total, { milliseconds }) => total + milliseconds, 0),
    calls: present.reduce((total, { calls }) => total + calls, 0),
  };
}
