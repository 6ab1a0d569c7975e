import { FEW_ROUNDS, type Timing } from '@normkit/shelf/measure';
import { CONTENDERS, type ContenderName, type Pass } from './contenders.ts';
import { digits, times } from './digits.ts';
import type { Grid } from './grid.ts';
import type { About, Row, Section } from './run.ts';

const ABSENT = '-';

/** The first is left out on a GPU, where it is a share of the bandwidth. */
const RATIOS: readonly (readonly [ContenderName, ContenderName])[] = [
  ['ours', 'copy'],
  ['composed', 'ours'],
  ['stock', 'ours'],
  ['onnx', 'ours'],
  ['torch', 'ours'],
];
/** Their times may have six digits and a count behind them. */
const SLOW: readonly ContenderName[] = ['composed', 'stock', 'onnx'];

/** Tensors of the size of x that a pass moves at the least: x and y; x, dy and dx. */
const MOVED: Record<Pass | 'backward', number> = { forward: 2, backward: 3, 'forward+backward': 5 };

/** One cell of each row. */
interface Column {
  readonly name: string;
  readonly width: number;
  readonly cell: (row: TableRow) => string;
}

type TableRow = Omit<Row, 'pass'> & { readonly pass: Pass | 'backward' };

/** One shape's table. Times in milliseconds; a count in parentheses where there were few rounds. */
export function sectionGrid(
  { label, bytes, rows }: Section,
  about: Pick<About, 'absent' | 'gpu'> = { absent: [] },
): Grid {
  const { absent, gpu } = about;
  const ratios = RATIOS.slice(gpu === undefined ? 0 : 1).filter((pair) => !pair.some((name) => absent.includes(name)));
  const columns = [
    ...CONTENDERS.filter((name) => !absent.includes(name)).map(timeColumn),
    ...ratios.map(ratioColumn),
    ...(gpu === undefined ? [] : gpuColumns(bytes)),
    column('extra memory', ({ extraMemory }) => (Number.isNaN(extraMemory) ? ABSENT : times(extraMemory))),
  ];
  const all: readonly TableRow[] = gpu === undefined ? rows : [...rows, ...backwardOf(rows)];
  return { title: label, columns, rows: all.map((row) => [row.pass, ...columns.map(({ cell }) => cell(row))]) };
}

function timeColumn(name: ContenderName): Column {
  return { name, width: SLOW.includes(name) ? 14 : 11, cell: ({ timings }) => timing(timings[name]) };
}

function ratioColumn([over, under]: readonly [ContenderName, ContenderName]): Column {
  return column(`${over}/${under}`, ({ timings }) => ratio(timings[over], timings[under]));
}

function column(name: string, cell: Column['cell']): Column {
  return { name, width: name.length + 2, cell };
}

/** What is moved, and the device's own times where it has timestamps. */
function gpuColumns(bytes: number): Column[] {
  const speed = (tensors: number, milliseconds: number | undefined) => (tensors * bytes) / 1e6 / (milliseconds ?? NaN);
  const ofCopy = (pass: TableRow['pass'], ours: number | undefined, copy: number | undefined) =>
    number((100 * speed(MOVED[pass], ours)) / speed(2, copy), (value) => `${value.toFixed(0)} %`);
  return [
    column('ours GB/s', ({ pass, timings }) => number(speed(MOVED[pass], timings.ours?.median), digits)),
    column('copy GB/s', ({ timings }) => number(speed(2, timings.copy?.median), digits)),
    column('of copy', ({ pass, timings }) => ofCopy(pass, timings.ours?.median, timings.copy?.median)),
    column('GPU ours', ({ gpu }) => number(gpu.ours, digits)),
    column('GPU copy', ({ gpu }) => number(gpu.copy, digits)),
    column('GPU of copy', ({ pass, gpu }) => ofCopy(pass, gpu.ours, gpu.copy)),
  ];
}

/** What the gradients take beside the forward pass, which they do not run without. */
function backwardOf(rows: readonly Row[]): TableRow[] {
  const [forward, both] = rows;
  if (!forward?.timings.ours || !both?.timings.ours) return [];
  const { median } = forward.timings.ours;
  const ours = { ...both.timings.ours, median: both.timings.ours.median - median };
  const copy = both.timings.copy;
  const gpu = { ...both.gpu, ours: (both.gpu.ours ?? NaN) - (forward.gpu.ours ?? NaN) };
  return [{ pass: 'backward', timings: { ours, ...(copy && { copy }) }, gpu, extraMemory: NaN }];
}

function timing(value: Timing | undefined): string {
  if (!value) return ABSENT;
  const { median, rounds } = value;
  return rounds < FEW_ROUNDS ? `${digits(median)} (${rounds})` : digits(median);
}

function ratio(numerator: Timing | undefined, denominator: Timing | undefined): string {
  return numerator && denominator ? times(numerator.median / denominator.median) : ABSENT;
}

function number(value: number | undefined, text: (value: number) => string): string {
  return value !== undefined && value > 0 ? text(value) : ABSENT;
}
