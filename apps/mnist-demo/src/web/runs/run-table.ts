import { median } from '@normkit/shelf/measure';
import { colourOf } from '../charts/palette.ts';
import { element, make } from '../elements.ts';
import { percent, significant, words } from '../language/language.ts';
import { NUMBERS } from '../settings/limits.ts';
import { isBusy, progressOf, type Run, recently, titleOf } from './run.ts';
import type { RunStore } from './run-store.ts';

export interface RunActions {
  resume(run: Run): void;
  remove(run: Run): void;
  use(run: Run): void;
}

const DETAILS = NUMBERS.filter((name) => name !== 'batchSize');

/** The table of runs, which is the legend of the charts as well. Its cells change in place, so that focus stays. */
export function showRunTable(store: RunStore, actions: RunActions): () => void {
  const body = element('runs', HTMLTableSectionElement);
  const rows = new Map<Run, Row>();
  return () => {
    element('no-runs', HTMLElement).hidden = store.runs.length > 0;
    element('runs-scroll', HTMLElement).hidden = store.runs.length === 0;
    for (const [run, row] of rows) {
      if (store.runs.includes(run)) continue;
      row.element.remove();
      rows.delete(run);
    }
    const isAnyBusy = store.runs.some(isBusy);
    // The title says the norm, the batch size and the optimizer; the rest is said where it is not the same for all,
    // and of the digits where others are chosen now.
    const differing = DETAILS.filter((name) => new Set(store.runs.map(({ settings }) => settings[name])).size > 1);
    const sources = new Set([...store.runs.map(({ data }) => data), store.chosen].map((data) => data?.source));
    sources.delete(undefined);
    for (const run of store.runs) {
      const row = rows.get(run) ?? newRow(run, actions);
      if (!rows.has(run)) body.append(row.element);
      rows.set(run, row);
      const details = differing.map((name) => `${words()[name]} ${run.settings[name]}`);
      if (run.data && sources.size > 1) details.push(words().sources[run.data.source]);
      update(row, run, details, store.inUse === run.id, isAnyBusy);
    }
  };
}

/** A narrow screen has no room for a head: each number says what it is. */
const NUMBER_COLUMNS = ['loss', 'accuracy', 'testAccuracy', 'perStep'] as const;

interface Row {
  readonly element: HTMLTableRowElement;
  readonly use: HTMLInputElement;
  readonly title: HTMLElement;
  readonly backend: HTMLElement;
  readonly progress: HTMLProgressElement;
  readonly status: HTMLElement;
  readonly loss: HTMLElement;
  readonly accuracy: HTMLElement;
  readonly testAccuracy: HTMLElement;
  readonly perStep: HTMLElement;
  readonly resume: HTMLButtonElement;
  readonly remove: HTMLButtonElement;
}

function newRow(run: Run, actions: RunActions): Row {
  const number = () => make('td', { className: 'number' });
  const use = make('input', { type: 'radio', name: 'in-use', onchange: () => actions.use(run) });
  const swatch = make('span', { className: 'swatch' });
  swatch.style.background = colourOf(run.colour);
  const title = make('span', { className: 'title' });
  const backend = make('small');
  const progress = make('progress', { max: 1 });
  const status = make('small');
  const resume = make('button', { type: 'button', onclick: () => actions.resume(run) });
  const remove = make('button', { type: 'button', textContent: '×', onclick: () => actions.remove(run) });
  const [loss, accuracy, testAccuracy, perStep] = [number(), number(), number(), number()];
  const name = make('label', { className: 'run' }, use, swatch, make('span', {}, title, backend));
  const heading = make('th', { scope: 'row' }, name);
  const going = make('td', { className: 'progress' }, progress, status);
  const buttons = make('td', { className: 'actions' }, resume, remove);
  const row = make('tr', {}, heading, going, loss, accuracy, testAccuracy, perStep, buttons);
  return { element: row, use, title, backend, progress, status, loss, accuracy, testAccuracy, perStep, resume, remove };
}

function update(row: Row, run: Run, details: readonly string[], isInUse: boolean, isAnyBusy: boolean): void {
  const title = titleOf(run);
  row.element.dataset['status'] = run.status;
  row.use.checked = isInUse;
  row.use.disabled = isAnyBusy || run.losses.length === 0;
  row.use.ariaLabel = words().useRun(title);
  row.title.textContent = title;
  row.backend.textContent = [words().backends[run.backend] ?? run.backend, ...details].join(', ');
  row.progress.value = progressOf(run);
  row.progress.ariaLabel = `${words().progress}: ${title}`;
  row.status.textContent = statusOf(run);
  row.loss.textContent = significant(recently(run, run.losses));
  row.accuracy.textContent = percent(recently(run, run.accuracies));
  row.testAccuracy.textContent = run.test ? percent(run.test.accuracy) : '–';
  row.perStep.textContent = significant(median(run.milliseconds.slice(-100)));
  for (const name of NUMBER_COLUMNS) row[name].dataset['title'] = words()[name];
  row.resume.hidden = isBusy(run) || (run.status === 'waiting' && isAnyBusy);
  row.resume.disabled = isAnyBusy;
  row.resume.textContent = run.status === 'done' ? words().anotherEpoch : words().resume;
  row.resume.ariaLabel = run.status === 'done' ? words().anotherEpochOf(title) : words().resumeRun(title);
  row.remove.disabled = isBusy(run);
  row.remove.ariaLabel = words().removeRun(title);
}

function statusOf(run: Run): string {
  if (run.status === 'training' || run.status === 'done') return percent(progressOf(run), 0);
  return words()[run.status];
}
