// Runs in the report, beside uPlot: no imports.

interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

export type ReportData = readonly {
  readonly title: string;
  readonly norm: string;
  readonly batchSize: number;
  readonly losses: readonly number[];
  readonly accuracies: readonly number[];
  readonly milliseconds: readonly number[];
  /** Of the test split. */
  readonly error: number;
  readonly activations: { readonly before: Histogram; readonly after: Histogram } | undefined;
}[];

type Row = readonly (number | null)[];

interface Chart {
  new (options: object, data: readonly Row[], parent: HTMLElement): unknown;
  readonly paths: { bars(options: object): unknown };
}

/** Okabe and Ito's colours, which colour-blind readers can tell apart. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#8a6d00'];

if (typeof document !== 'undefined') drawAll();

function drawAll(): void {
  const { uPlot } = globalThis as unknown as { uPlot: Chart };
  const main = document.querySelector('main');
  const data = JSON.parse(document.getElementById('data')?.textContent ?? '[]') as ReportData;
  if (!main) return;
  const ink = getComputedStyle(document.body).color;
  const grid = getComputedStyle(document.body).getPropertyValue('--line');
  const axis = (label: string) => ({ label, stroke: ink, grid: { stroke: grid }, ticks: { stroke: grid } });

  const plot = (caption: string, xLabel: string, yLabel: string, series: object[], rows: readonly Row[], more = {}) => {
    const figure = document.createElement('figure');
    figure.append(Object.assign(document.createElement('figcaption'), { textContent: caption }));
    main.append(figure);
    const width = Math.min(920, main.clientWidth - 32);
    const axes = [axis(xLabel), axis(yLabel)];
    new uPlot(
      { width, height: 320, scales: { x: { time: false } }, axes, series: [{ label: xLabel }, ...series], ...more },
      rows,
      figure,
    );
  };
  const lines = data.map(({ title }, index) => ({ label: title, stroke: COLOURS[index % COLOURS.length], width: 2 }));
  const longest = Math.max(...data.map(({ losses }) => losses.length));
  const steps = Array.from({ length: longest }, (_, step) => step + 1);
  const padded = (values: readonly number[]) => steps.map((_, step) => values[step] ?? null);

  plot('Training loss (smoothed)', 'step', 'loss', lines, [steps, ...data.map(({ losses }) => padded(smooth(losses)))]);
  plot('Training accuracy (smoothed)', 'step', 'accuracy', lines, [
    steps,
    ...data.map(({ accuracies }) => padded(smooth(accuracies))),
  ]);
  plot('Time of each step (smoothed)', 'step', 'ms', lines, [
    steps,
    ...data.map(({ milliseconds }) => padded(smooth(milliseconds))),
  ]);
  const sizes = [...new Set(data.map(({ batchSize }) => batchSize))].sort((a, b) => a - b);
  if (sizes.length > 1) {
    const norms = [...new Set(data.map(({ norm }) => norm))];
    plot(
      'Test error by batch size',
      'batch size',
      'error',
      norms.map((norm, index) => ({
        label: `${norm} norm`,
        stroke: COLOURS[index],
        width: 2,
        points: { show: true, size: 8 },
      })),
      [
        sizes,
        ...norms.map((norm) =>
          sizes.map((size) => data.find((run) => run.norm === norm && run.batchSize === size)?.error ?? null),
        ),
      ],
      { scales: { x: { time: false, distr: 3, log: 2 } } },
    );
  }
  const bars = uPlot.paths.bars({ size: [1, 100] });
  for (const { title, activations } of data) {
    if (!activations) continue;
    for (const [where, histogram] of Object.entries(activations)) {
      const { low, high, counts } = histogram;
      const width = (high - low) / counts.length;
      plot(
        `Activations ${where} the norm: ${title}`,
        'value',
        'count',
        [{ label: 'count', fill: COLOURS[0], paths: bars, points: { show: false } }],
        [counts.map((_, bin) => low + (bin + 0.5) * width), counts],
        { height: 180, legend: { show: false } },
      );
    }
  }
}

/** Exponential moving average: a batch of 32 says little by itself. */
function smooth(values: readonly number[]): number[] {
  const kept = 0.95;
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    sum = kept * sum + (1 - kept) * value;
    weight = kept * weight + (1 - kept);
    return sum / weight;
  });
}
