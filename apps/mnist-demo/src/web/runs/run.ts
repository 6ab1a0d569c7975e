import type { Activations } from '../../tutorial/activations.ts';
import { type Settings, stepsOf } from '../../tutorial/settings.ts';
import type { Evaluation } from '../../tutorial/trainer.ts';
import { words } from '../language/language.ts';
import type { RunId, SavedRun } from '../service.ts';
import type { BackendName } from '../worker/backends.ts';

export type Status = 'waiting' | 'training' | 'evaluating' | 'paused' | 'done' | 'failed';

/** What the page knows of one model's training. */
export interface Run {
  readonly id: RunId;
  /** Which of the palette's colours it has in every chart. */
  readonly colour: number;
  settings: Settings;
  backend: BackendName;
  status: Status;
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
    losses: [...losses],
    accuracies: [...accuracies],
    milliseconds: [...milliseconds],
    normMilliseconds: [],
  };
}

export function titleOf({ settings }: Run): string {
  return words().runTitle(words()[settings.norm], settings.batchSize);
}

export function progressOf({ settings, losses }: Run): number {
  return Math.min(1, losses.length / stepsOf(settings));
}

export function isBusy({ status }: Run): boolean {
  return status === 'training' || status === 'evaluating';
}

/** Of the last steps: one alone says little. */
export function recently(values: readonly number[], steps = 20): number {
  const last = values.slice(-steps);
  return last.reduce((sum, value) => sum + value, 0) / last.length;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
