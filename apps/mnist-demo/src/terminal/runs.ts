import { setImmediate } from 'node:timers/promises';
import { type BackendName, useBackend } from '@normkit/shelf/backends';
import { type Activations, activationsOf } from '../tutorial/activations.ts';
import { countOf, type DigitSet, firstOf } from '../tutorial/digits.ts';
import type { Settings } from '../tutorial/settings.ts';
import { type Checkpoint, type Evaluation, evaluate, type Step, Trainer } from '../tutorial/trainer.ts';

/** One model to train. */
export interface Run {
  readonly settings: Settings;
  /** Usually one. Of several each step takes the next: the run is taken over from one to the other in between. */
  readonly backends: readonly BackendName[];
  /** Pictures of the test split, from its start. */
  readonly testSamples: number;
}

/** The backends as one word. */
export function backendOf({ backends }: Run): string {
  return backends.join('⇄');
}

export interface RunResult extends Run {
  /** By step. */
  readonly losses: readonly number[];
  readonly accuracies: readonly number[];
  readonly milliseconds: readonly number[];
  /** On the test split. */
  readonly test: Evaluation;
  readonly activations: Activations | undefined;
}

/** Where a list of runs stands: what a checkpoint file holds. */
export interface Progress {
  readonly finished: readonly RunResult[];
  /** Of the run after those. */
  readonly current?: { readonly steps: readonly Step[]; readonly checkpoint: Checkpoint } | undefined;
}

export interface Watcher {
  begin(run: Run, steps: number, done: number): void;
  step(step: Step): void;
  end(result: RunResult): void;
  /** Called now and then, and when `isStopping` says so. */
  save(progress: Progress): Promise<void>;
  isStopping(): boolean;
}

/** Seconds of work that a crash may cost. */
const SAVE_EVERY = 20;

/** Trains the runs one after the other, from where `progress` stands; `undefined` where the watcher stopped it. */
export async function trainAll(
  runs: readonly Run[],
  digits: DigitSet,
  progress: Progress,
  watcher: Watcher,
): Promise<readonly RunResult[] | undefined> {
  const finished = [...progress.finished];
  for (const [index, run] of runs.entries()) {
    if (index < finished.length) continue;
    const current = index === progress.finished.length ? progress.current : undefined;
    const result = await train(run, digits, finished, current, watcher);
    if (!result) return undefined;
    finished.push(result);
    watcher.end(result);
  }
  return finished;
}

async function train(
  run: Run,
  digits: DigitSet,
  finished: readonly RunResult[],
  current: Progress['current'],
  watcher: Watcher,
): Promise<RunResult | undefined> {
  await useBackend(turnOf(run, 0));
  const trainer = new Trainer(run.settings, digits.train);
  try {
    if (current) await trainer.restore(current.checkpoint);
    const steps = [...(current?.steps ?? [])];
    const save = async () => watcher.save({ finished, current: { steps, checkpoint: await trainer.checkpoint() } });
    watcher.begin(run, trainer.totalSteps, trainer.steps);
    try {
      for (let saved = performance.now(); !trainer.isDone; ) {
        if (run.backends.length > 1) await trainer.moveTo(() => useBackend(turnOf(run, trainer.steps)));
        const step = await trainer.step();
        steps.push(step);
        watcher.step(step);
        await hearStop(watcher);
        if (performance.now() - saved < 1000 * SAVE_EVERY) continue;
        await save();
        saved = performance.now();
      }
      const tested = firstOf(digits.test, Math.min(run.testSamples, countOf(digits.test)));
      return {
        ...run,
        settings: trainer.settings,
        losses: steps.map(({ loss }) => loss),
        accuracies: steps.map(({ accuracy }) => accuracy),
        milliseconds: steps.map(({ milliseconds }) => milliseconds),
        test: await evaluate(trainer.model, tested, () => hearStop(watcher)),
        activations: await activationsOf(trainer.model, digits.test),
      };
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      await save();
      return undefined;
    }
  } finally {
    trainer.dispose();
  }
}

class Stopped extends Error {}

async function hearStop(watcher: Watcher): Promise<void> {
  // On wasm and cpu nothing waits for anything: without this, Ctrl-C would not be heard until the end.
  await setImmediate();
  if (watcher.isStopping()) throw new Stopped();
}

function turnOf({ backends }: Run, step: number): BackendName {
  const backend = backends[step % backends.length];
  if (!backend) throw new Error('Expected a backend to run on; the list of them is empty.');
  return backend;
}
