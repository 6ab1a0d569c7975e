import type { Activations, Histogram } from '../../tutorial/activations.ts';
import { element, make } from '../elements.ts';
import { decimal, onLanguage, words } from '../language/language.ts';
import { titleOf } from '../runs/run.ts';
import type { RunStore } from '../runs/run-store.ts';

const [WIDTH, HEIGHT] = [320, 72];
/** Deviations on either side of the mean. A few outliers would make the rest a spike. */
const SEEN = 4;

/** What the norm of the model in use is given, and what it makes of it. */
export function showHistograms(store: RunStore): () => void {
  const parent = element('activations', HTMLElement);
  const draw = () => {
    const run = store.runInUse;
    element('activations-run', HTMLElement).textContent = run?.activations ? titleOf(run) : '';
    if (run?.activations && hasPicture(run.activations)) parent.replaceChildren(...figures(run.activations));
    else parent.replaceChildren(make('p', { className: 'empty', textContent: words().noActivations }));
  };
  onLanguage(draw);
  return draw;
}

/** Training with too high a learning rate ends in NaN, which has no place on a scale. */
function hasPicture({ before, after }: Activations): boolean {
  return Number.isFinite(before.deviation) && Number.isFinite(after.deviation);
}

function figures({ before, after }: Activations): HTMLElement[] {
  const both = [before, after];
  const reach = (histogram: Histogram) => SEEN * histogram.deviation;
  const low = Math.min(...both.map((each) => Math.max(each.low, each.mean - reach(each))));
  const high = Math.max(...both.map((each) => Math.min(each.high, each.mean + reach(each))));
  return [figure(words().before, before, low, high), figure(words().after, after, low, high)];
}

function figure(title: string, histogram: Histogram, low: number, high: number): HTMLElement {
  const [mean, deviation] = [decimal(histogram.mean), decimal(histogram.deviation)];
  const drawing = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img' });
  drawing.setAttribute('aria-label', words().histogramSummary(title, mean, deviation));
  const at = (value: number) => (WIDTH * (value - low)) / (high - low || 1);
  drawing.append(svg('path', { d: outline(histogram, at), class: 'bars' }));
  drawing.append(svg('line', { x1: at(0), x2: at(0), y1: 0, y2: HEIGHT, class: 'zero' }));
  const caption = make('figcaption', {}, make('strong', { textContent: title }));
  caption.append(make('span', { textContent: words().meanAndDeviation(mean, deviation) }));
  const ends = make('p', { className: 'ends' });
  for (const value of [low, high]) ends.append(make('span', { textContent: decimal(value) }));
  const made = make('figure', { className: 'histogram' }, caption, ends);
  caption.after(drawing);
  return made;
}

function outline({ counts, low, high }: Histogram, at: (value: number) => number): string {
  const most = Math.max(...counts);
  const width = (high - low) / counts.length;
  const steps = counts.map((count, bin) => {
    const top = HEIGHT - (HEIGHT * count) / most;
    return `L${at(low + bin * width).toFixed(1)} ${top.toFixed(1)}H${at(low + (bin + 1) * width).toFixed(1)}`;
  });
  return `M${at(low).toFixed(1)} ${HEIGHT}${steps.join('')}V${HEIGHT}Z`;
}

function svg(tag: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}
