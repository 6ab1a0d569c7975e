import type { BackendName } from '@normkit/shelf/backends';
import type { Activations } from '../../tutorial/activations.ts';
import { DEFAULTS, type Settings, stepsOf } from '../../tutorial/settings.ts';
import type { Evaluation } from '../../tutorial/trainer.ts';
import { words } from '../language/language.ts';
import type { DataInfo, RunId, SavedRun } from '../service.ts';

export type Status = 'waiting' | 'training' | 'evaluating' | 'paused' | 'done' | 'failed';

/** What the page knows of one model's training. */
export interface Run {
  readonly id: RunId;
  /** Which of the palette's colours it has in every chart. */
  readonly colour: number;
  settings: Settings;
  backend: BackendName;
  status: Status;
  /** What it is trained on. Not known until the worker has said so, and of old models. */
  data?: DataInfo | undefined;
  /** Whether the worker has its digits, or has to be given them: its model was loaded. */
  hasDigits: boolean;
  /** By step. */
  readonly losses: number[];
  readonly accuracies: number[];
  readonly milliseconds: number[];
  /** Of the norm alone, now and then. */
  readonly normMilliseconds: number[];
  activations?: Activations | undefined;
  test?: Evaluation | undefined;
}

export function newRun(id: RunId, colour: number, settings: Settings, backend: BackendName, saved?: SavedRun): Run {
  const { losses = [], accuracies = [], milliseconds = [] } = saved?.history ?? {};
  return {
    id,
    colour,
    settings,
    backend,
    status: 'waiting',
    data: saved?.data,
    hasDigits: !saved,
    losses: [...losses],
    accuracies: [...accuracies],
    milliseconds: [...milliseconds],
    normMilliseconds: [],
  };
}

/** The norm and the batch size; and the optimizer where it is not the tutorial's. */
export function titleOf({ settings }: Run): string {
  const { norm, batchSize, optimizer } = settings;
  const more = optimizer === DEFAULTS.optimizer ? [] : [words().optimizers[optimizer]];
  return words().runTitle(words()[norm], batchSize, ...more);
}

export function progressOf({ settings, losses }: Run): number {
  return Math.min(1, losses.length / stepsOf(settings));
}

export function isBusy({ status }: Run): boolean {
  return status === 'training' || status === 'evaluating';
}

/** A batch alone says little: as many pictures as 20 batches of the tutorial's size have, whatever the size is here. */
const PICTURES = 640;

/** Steps that curves and numbers are averaged over, so that runs with other batch sizes are as smooth. */
export function windowOf({ settings }: Run): number {
  return Math.max(1, Math.round(PICTURES / settings.batchSize));
}

/** The mean of a run's last values. */
export function recently(run: Run, values: readonly number[]): number {
  const last = values.slice(-windowOf(run));
  return last.reduce((sum, value) => sum + value, 0) / last.length;
}
