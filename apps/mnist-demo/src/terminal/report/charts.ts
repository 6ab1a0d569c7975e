// Runs in the report, beside uPlot: types are all that it imports.
import type { Activations, Histogram } from '../../tutorial/activations.ts';

export interface ReportRun {
  readonly title: string;
  readonly norm: string;
  readonly batchSize: number;
  /** By step. */
  readonly losses: readonly number[];
  readonly accuracies: readonly number[];
  /** Of a step: the median. */
  readonly milliseconds: number;
  /** Of the test split. */
  readonly error: number;
  readonly activations: Activations | undefined;
}

type Row = readonly (number | null | undefined)[];

interface Chart {
  new (
    options: object,
    data: readonly Row[],
    parent: HTMLElement,
  ): {
    setSize(size: { readonly width: number; readonly height: number }): void;
  };
  readonly paths: { bars(options: object): unknown };
  join(tables: readonly (readonly Row[])[]): readonly Row[];
}

/** Of uPlot's options those that the charts differ in. */
interface PlotOptions {
  /** Of the axes. Without them there is only the horizontal one. */
  readonly labels?: readonly [x: string, y: string];
  readonly series: readonly object[];
  /** What the numbers of the vertical axis, and of the legend, are written as. */
  readonly format?: (value: number) => string;
  readonly height?: number;
  readonly scales?: object;
  readonly legend?: object;
  readonly cursor?: object;
}

/** Okabe and Ito's colours, which colour-blind readers can tell apart. Further lines have them again, dashed. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#8a6d00'];
/** Deviations on either side of the mean. A few outliers would make the rest a spike. */
const SEEN = 4;

if (typeof document !== 'undefined') drawAll(JSON.parse(document.getElementById('data')?.textContent ?? '[]'));

function drawAll(runs: readonly ReportRun[]): void {
  if (new Set(runs.map(({ batchSize }) => batchSize)).size > 1) drawErrors(runs);
  drawCurves(
    'Training loss',
    'loss',
    runs,
    ({ losses }) => losses,
    (loss) => loss.toPrecision(3),
  );
  drawCurves('Training accuracy', 'accuracy', runs, ({ accuracies }) => accuracies, percent);
  drawTimes(runs);
  for (const run of runs) if (run.activations) drawActivations(run.title, run.activations);
}

function drawErrors(runs: readonly ReportRun[]): void {
  const sizes = [...new Set(runs.map(({ batchSize }) => batchSize))].sort((a, b) => a - b);
  const norms = [...new Set(runs.map(({ norm }) => norm))];
  const errorOf = (norm: string, size: number) =>
    runs.find((run) => run.norm === norm && run.batchSize === size)?.error ?? null;
  plot(figure('Test error by batch size'), [sizes, ...norms.map((norm) => sizes.map((size) => errorOf(norm, size)))], {
    labels: ['batch size', 'error'],
    format: percent,
    scales: { x: { time: false, distr: 3, log: 2 } },
    series: norms.map((norm, index) => ({ ...lineOf(`${norm} norm`, index), points: { show: true, size: 8 } })),
  });
}

/** Over the pictures seen, which runs with other batch sizes have in common. */
function drawCurves(
  caption: string,
  label: string,
  runs: readonly ReportRun[],
  valuesOf: (run: ReportRun) => readonly number[],
  format: (value: number) => string,
): void {
  const tables = runs.map((run): [number[], number[]] => {
    const values = smooth(valuesOf(run), run.batchSize);
    return [values.map((_, step) => (step + 1) * run.batchSize), values];
  });
  plot(figure(`${caption}, smoothed`), library().join(tables), {
    labels: ['pictures seen', label],
    format,
    series: runs.map(({ title }, index) => ({ ...lineOf(title, index), spanGaps: true })),
  });
}

function drawTimes(runs: readonly ReportRun[]): void {
  const parent = figure('Time of a step, the median');
  const most = Math.max(...runs.map(({ milliseconds }) => milliseconds));
  for (const { title, milliseconds } of runs) {
    const row = make('p', 'time', '');
    const bar = make('span', 'bar', '');
    bar.style.width = `${(100 * milliseconds) / most}%`;
    row.append(make('span', '', title), make('span', 'value', `${milliseconds.toFixed(1)} ms`), bar);
    parent.append(row);
  }
}

/** Before and after the norm, on one scale. */
function drawActivations(title: string, { before, after }: Activations): void {
  const both = [before, after];
  const low = Math.min(...both.map((each) => Math.max(each.low, each.mean - SEEN * each.deviation)));
  const high = Math.max(...both.map((each) => Math.min(each.high, each.mean + SEEN * each.deviation)));
  const pair = make('div', 'pair', '');
  figure(`Activations around the norm: ${title}`).append(pair);
  for (const [where, histogram] of Object.entries({ before, after })) {
    const [mean, deviation] = [decimal(histogram.mean), decimal(histogram.deviation)];
    const half = make('div', '', '');
    half.append(make('p', '', `${where}: mean ${mean}, standard deviation ${deviation}`));
    pair.append(half);
    plot(half, binsOf(histogram), {
      height: 130,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, range: [low, high] } },
      series: [{ fill: COLOURS[0], paths: library().paths.bars({ size: [1] }), points: { show: false } }],
    });
  }
}

function binsOf({ low, high, counts }: Histogram): readonly Row[] {
  const width = (high - low) / counts.length;
  return [counts.map((_, bin) => low + (bin + 0.5) * width), counts];
}

function plot(parent: HTMLElement, rows: readonly Row[], { labels, series, format, ...given }: PlotOptions): void {
  const [x, y] = labels ?? [];
  const options = { width: parent.clientWidth, height: 300, scales: { x: { time: false } }, ...given };
  const ticks = format && { size: 60, values: (_: unknown, values: readonly number[]) => values.map(format) };
  const axes = [axis(x), labels ? { ...axis(y), ...ticks } : { show: false }];
  const value = format && { value: (_: unknown, at: number | null) => (at === null ? '--' : format(at)) };
  const lines = [{ label: x }, ...series.map((line) => ({ ...line, ...value }))];
  const drawn = new (library())({ ...options, axes, series: lines }, rows, parent);
  new ResizeObserver(() => drawn.setSize({ width: parent.clientWidth, height: options.height })).observe(parent);
}

function axis(label: string | undefined): object {
  const style = getComputedStyle(document.body);
  const grid = { stroke: style.getPropertyValue('--line'), width: 1 };
  const font = `12px ${style.fontFamily}`;
  return { label, labelFont: font, labelSize: 20, stroke: style.color, font, grid, ticks: grid };
}

function lineOf(label: string, index: number): object {
  const dash = index < COLOURS.length ? [] : [6, 4];
  return { label, stroke: COLOURS[index % COLOURS.length], width: 2, dash, points: { show: false } };
}

function figure(caption: string): HTMLElement {
  const made = make('figure', '', '');
  made.append(make('figcaption', '', caption));
  document.querySelector('main')?.append(made);
  return made;
}

function make(tag: string, className: string, textContent: string): HTMLElement {
  return Object.assign(document.createElement(tag), { className, textContent });
}

function library(): Chart {
  return (globalThis as unknown as { uPlot: Chart }).uPlot;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function decimal(value: number): string {
  return value.toFixed(2).replace('-0.00', '0.00');
}

/** Exponential moving average over some 640 pictures: a batch says little by itself. */
function smooth(values: readonly number[], batchSize: number): number[] {
  const kept = Math.max(0, 1 - batchSize / 640);
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    sum = kept * sum + (1 - kept) * value;
    weight = kept * weight + (1 - kept);
    return sum / weight;
  });
}
