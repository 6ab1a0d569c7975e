import uPlot from 'uplot';
import { element, make } from '../elements.ts';
import { onLanguage, significant, words } from '../language/language.ts';
import { type Run, recently, titleOf, windowOf } from '../runs/run.ts';
import type { RunStore } from '../runs/run-store.ts';
import { canvasColourOf, inkOf, onScheme } from './palette.ts';

/** More points than a chart has pixels are of no use. */
const MOST_POINTS = 600;
const HEIGHT = 240;

interface Curve {
  readonly parent: string;
  readonly title: () => string;
  readonly values: (run: Run) => readonly number[];
  readonly format: (value: number) => string;
}

/** The curves of all runs over the pictures that each has seen, redrawn as they grow. */
export function showCurves(store: RunStore): () => void {
  const ratio = (value: number) => `${Math.round(100 * value)} %`;
  const charts = [
    { parent: 'loss-chart', title: () => words().lossChart, values: ({ losses }: Run) => losses, format: String },
    {
      parent: 'accuracy-chart',
      title: () => words().accuracyChart,
      values: ({ accuracies }: Run) => accuracies,
      format: ratio,
    },
  ].map((curve) => chartOf(curve, store));
  const rebuild = () => {
    for (const { build } of charts) build();
  };
  onLanguage(rebuild);
  onScheme(rebuild);
  return () => {
    for (const { draw } of charts) draw();
  };
}

function chartOf(curve: Curve, store: RunStore) {
  const parent = element(curve.parent, HTMLElement);
  let plot: uPlot | undefined;
  let drawn = '';
  const runs = () => store.runs.filter((run) => curve.values(run).length > 0);

  const build = () => {
    plot?.destroy();
    plot = undefined;
    drawn = keyOf(runs());
    parent.replaceChildren();
    if (drawn === '') return parent.append(make('p', { className: 'empty', textContent: words().nothingYet }));
    plot = new uPlot(optionsOf(curve, runs(), parent.clientWidth), dataOf(curve, runs()), parent);
    label();
  };
  const label = () => {
    const values = runs().map((run) => `${titleOf(run)}: ${significant(recently(run, curve.values(run)))}`);
    plot?.root.setAttribute('role', 'img');
    plot?.root.setAttribute('aria-label', words().chartSummary(curve.title(), values.join('; ')));
  };
  const draw = () => {
    if (keyOf(runs()) !== drawn) return build();
    plot?.setData(dataOf(curve, runs()));
    label();
  };
  new ResizeObserver(() => plot?.setSize({ width: parent.clientWidth, height: HEIGHT })).observe(parent);
  build();
  return { build, draw };
}

/** A chart is built anew where its lines are other ones, and filled anew where they have grown. */
function keyOf(runs: readonly Run[]): string {
  return runs.map(({ id }) => id).join();
}

function optionsOf({ title, format }: Curve, runs: readonly Run[], width: number): uPlot.Options {
  const [stroke, line] = [inkOf('--soft'), inkOf('--line')];
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke, font, labelFont: font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false } },
    axes: [
      { ...axis, label: words().picturesSeen, labelSize: 20, size: 32 },
      { ...axis, size: 52, values: (_, ticks) => ticks.map(format) },
    ],
    series: [
      {},
      ...runs.map((run) => ({
        label: `${title()} ${titleOf(run)}`,
        stroke: canvasColourOf(run.colour),
        width: 2,
        points: { show: false },
        spanGaps: true,
      })),
    ],
  };
}

function dataOf({ values }: Curve, runs: readonly Run[]): uPlot.AlignedData {
  return uPlot.join(runs.map((run) => smoothed(values(run), run.settings.batchSize, windowOf(run))));
}

/** Trailing means, at no more points than can be seen. */
function smoothed(values: readonly number[], batchSize: number, steps: number): uPlot.AlignedData {
  const every = Math.max(1, Math.floor(values.length / MOST_POINTS));
  const [x, y]: [number[], number[]] = [[], []];
  let sum = 0;
  for (const [step, value] of values.entries()) {
    sum += value - (values[step - steps] ?? 0);
    if (step % every !== 0) continue;
    x.push((step + 1) * batchSize);
    y.push(sum / Math.min(step + 1, steps));
  }
  return [x, y];
}
