import { median } from '@normkit/shelf/measure';
import { element, make } from '../elements.ts';
import { onLanguage, significant, words } from '../language/language.ts';
import { type Run, titleOf } from '../runs/run.ts';
import type { RunStore } from '../runs/run-store.ts';
import { type Bar, barChart } from './bars.ts';

/** How much of a step each run's norm takes. */
export function showStepTimes(store: RunStore): () => void {
  const parent = element('times', HTMLElement);
  const draw = () => {
    const timed = store.runs.filter(({ milliseconds }) => milliseconds.length > 0);
    if (timed.length > 0) parent.replaceChildren(legend(), barChart(timed.map(barOf)));
    else parent.replaceChildren(make('p', { className: 'empty', textContent: words().nothingYet }));
  };
  onLanguage(draw);
  return draw;
}

function barOf(run: Run): Bar {
  const total = median(run.milliseconds.slice(-100));
  // NaN where it has not been timed: then no more is known than the whole step.
  const norm = run.settings.norm === 'none' ? 0 : Math.min(total, median(run.normMilliseconds));
  const [normText, restText] = [significant(norm, 2), significant(total - norm)];
  return {
    title: titleOf(run),
    value: words().normShare(normText, significant(total)),
    parts: [
      { length: norm || 0, colour: 'var(--accent)', title: words().norm },
      { length: total - (norm || 0), colour: 'var(--rest)', title: words().rest },
    ].filter(({ length }) => length > 0),
    summary: words().timeSummary(titleOf(run), normText, restText),
  };
}

function legend(): HTMLElement {
  const entries = [
    [words().norm, 'var(--accent)'],
    [words().rest, 'var(--rest)'],
  ] as const;
  const made = entries.map(([name, colour]) => {
    const swatch = make('span', { className: 'swatch' });
    swatch.style.background = colour;
    return make('span', {}, swatch, name);
  });
  return make('p', { className: 'legend', ariaHidden: 'true' }, ...made);
}
