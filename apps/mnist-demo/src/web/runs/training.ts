import type { BackendName } from '@normkit/shelf/backends';
import type { Remote } from 'comlink';
import type { Settings } from '../../tutorial/settings.ts';
import { percent, whole, words } from '../language/language.ts';
import type { DataInfo, News, Service } from '../service.ts';
import { isBusy, newRun, progressOf, type Run, titleOf } from './run.ts';
import type { RunStore } from './run-store.ts';

/** Says a line of status, in whichever language is chosen. */
export type Say = (status: () => string) => void;

/** Trains the waiting runs one after the other, and keeps the store up to date with what the worker tells. */
export class Training {
  private readonly service: Remote<Service>;
  private readonly store: RunStore;
  private readonly say: Say;
  /** Runs that wait, in turn. */
  private queue: readonly Run[] = [];

  constructor(service: Remote<Service>, store: RunStore, say: Say) {
    this.service = service;
    this.store = store;
    this.say = say;
  }

  get busy(): Run | undefined {
    return this.store.runs.find(isBusy);
  }

  start(settings: readonly Settings[], backend: BackendName): void {
    const runs = settings.map((each) => {
      const run = newRun(this.store.nextId(), this.store.freeColour(), each, backend);
      this.store.add(run);
      return run;
    });
    void this.enlist(runs);
    // What waits since a pause goes on after what was asked for now.
    this.queue = this.busy ? [...this.queue, ...runs] : [...runs, ...this.queue];
    this.next();
  }

  pause(): void {
    void this.service.pause();
  }

  /** Goes on with a run that was paused; one that is done gets another epoch. Refuses to go on with other digits. */
  resume(run: Run, backend: BackendName): void {
    const { data } = run;
    const { chosen } = this.store;
    if (!run.hasDigits && data && !(chosen && isSame(data, chosen))) {
      this.say(() => words().otherData(titleOf(run), nameOf(data)));
      return;
    }
    if (!run.hasDigits) void this.enlist([run]);
    run.hasDigits = true;
    if (run.status === 'done') run.settings = { ...run.settings, epochs: run.settings.epochs + 1 };
    run.backend = backend;
    run.status = 'waiting';
    this.queue = [run, ...this.queue.filter((other) => other !== run)];
    this.next();
  }

  async remove(run: Run): Promise<void> {
    this.store.remove(run.id);
    await this.service.forget(run.id);
  }

  /** Takes what trains now, or else the model in use, over to another backend. */
  async move(backend: BackendName): Promise<void> {
    const run = this.busy ?? this.store.runInUse;
    for (const waiting of this.store.runs) if (waiting.status === 'waiting') waiting.backend = backend;
    if (!run || run.backend === backend) return;
    await this.service.move(backend);
    run.backend = backend;
    this.say(() => words().moved(words().backends[backend] ?? backend));
    this.store.changed();
  }

  hear(news: News): void {
    const run = this.store.find(news.run);
    if (!run) return;
    if (news.kind === 'began') run.settings = news.settings;
    if (news.kind === 'stepped') this.record(run, news);
    if (news.kind === 'observed') {
      run.activations = news.activations;
      run.normMilliseconds.push(news.normMilliseconds);
    }
    if (news.kind === 'lost') this.goOn(run, news);
    if (news.kind === 'evaluating') run.status = 'evaluating';
    if (news.kind === 'evaluated') run.test = news.test;
    this.store.changed();
  }

  private async enlist(runs: readonly Run[]): Promise<void> {
    const data = await this.service.enlist(runs.map(({ id }) => id));
    for (const run of runs) run.data = data;
    this.store.changed();
  }

  private goOn(run: Run, { backend, steps }: Extract<News, { kind: 'lost' }>): void {
    run.backend = backend;
    for (const values of [run.losses, run.accuracies, run.milliseconds]) values.length = Math.min(values.length, steps);
  }

  private record(run: Run, { step }: Extract<News, { kind: 'stepped' }>): void {
    const before = Math.floor(10 * progressOf(run));
    run.losses[step.index] = step.loss;
    run.accuracies[step.index] = step.accuracy;
    run.milliseconds[step.index] = step.milliseconds;
    const after = Math.floor(10 * progressOf(run));
    // A screen reader reads each of these out: ten of them, not one a step.
    if (after > before || step.index === 0) this.say(() => words().training(titleOf(run), percent(after / 10, 0)));
  }

  private next(): void {
    if (this.busy) return;
    const [run, ...others] = this.queue.filter((waiting) => this.store.runs.includes(waiting));
    this.queue = others;
    if (!run) return;
    run.status = 'training';
    run.test = undefined;
    this.store.inUse = run.id;
    this.store.changed();
    void this.train(run);
  }

  private async train(run: Run): Promise<void> {
    try {
      run.status = await this.service.train(run.id, run.settings, run.backend);
      if (run.status === 'paused') this.say(() => words().pausedRun(titleOf(run)));
      else this.say(() => words().finished(titleOf(run), percent(run.test?.accuracy ?? 0)));
    } catch (error) {
      run.status = 'failed';
      this.say(() => words().failedRun(titleOf(run), reasonOf(error)));
    }
    this.store.changed();
    // Who pauses one run wants the others to wait as well.
    if (run.status !== 'paused') this.next();
  }
}

function isSame(data: DataInfo, other: DataInfo): boolean {
  return data.source === other.source && data.train === other.train && data.test === other.test;
}

function nameOf({ source, train }: DataInfo): string {
  return words().dataName(words().sources[source], whole(train));
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
