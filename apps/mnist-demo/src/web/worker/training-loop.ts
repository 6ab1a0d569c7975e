import { activationsOf } from '../../tutorial/activations.ts';
import { countOf } from '../../tutorial/digits.ts';
import { evaluate, type Trainer } from '../../tutorial/trainer.ts';
import type { Tell } from '../service.ts';
import { canBeLost } from './backends.ts';
import type { ChosenDigits } from './chosen-digits.ts';
import type { DeviceTurns } from './device-turns.ts';
import { timeNorm } from './norm-time.ts';
import type { OpenRun, OpenRuns } from './open-runs.ts';
import { messagesIn } from './turns.ts';

/** Milliseconds between looks at the activations and the norm's own time, each of which costs about a step. */
const LOOK_EVERY = 1500;

/** Trains the run that is open, a step a turn, and tells how it goes. */
export class TrainingLoop {
  private readonly runs: OpenRuns;
  private readonly digits: ChosenDigits;
  private readonly turns: DeviceTurns;
  private readonly tell: Tell;
  private isPausing = false;
  private looked = 0;

  constructor(runs: OpenRuns, digits: ChosenDigits, turns: DeviceTurns, tell: Tell) {
    this.runs = runs;
    this.digits = digits;
    this.turns = turns;
    this.tell = tell;
  }

  /** Trains what `open` opens, until it is done or paused. */
  async train(open: () => Promise<OpenRun>): Promise<'done' | 'paused'> {
    this.isPausing = false;
    const { run, trainer } = await this.turns.take(open);
    this.tell({ kind: 'began', run, settings: trainer.settings });
    for (let isDone = false; !isDone; ) {
      if (this.isPausing) return 'paused';
      isDone = await this.turns.onDevice(() => this.proceed());
      await messagesIn();
    }
    return 'done';
  }

  pause(): void {
    this.isPausing = true;
  }

  /** Looks at the activations around the norm, and times it. */
  async look({ run, trainer }: OpenRun): Promise<void> {
    const { norm } = trainer.settings;
    const activations = await activationsOf(trainer.model, this.digits.of(run).test);
    const normMilliseconds = norm === 'none' ? 0 : await timeNorm(norm, shapeAfterConv(trainer));
    this.tell({ kind: 'observed', run, activations, normMilliseconds });
  }

  /** The next step of the run that is open, or what follows the last one. Says whether that was all. */
  private async proceed(): Promise<boolean> {
    const open = this.runs.opened();
    const { run, trainer } = open;
    const { isDone } = trainer;
    if (!isDone) this.tell({ kind: 'stepped', run, step: await trainer.step() });
    if (isDone || performance.now() - this.looked > LOOK_EVERY) {
      if (canBeLost()) this.runs.keep(run, await trainer.checkpoint());
      await this.look(open);
      this.looked = performance.now();
    }
    if (isDone) await this.evaluate(open);
    return isDone;
  }

  private async evaluate({ run, trainer }: OpenRun): Promise<void> {
    const { test } = this.digits.of(run);
    const of = countOf(test);
    const tested = await evaluate(trainer.model, test, async (done) => {
      this.tell({ kind: 'evaluating', run, done, of });
      await messagesIn();
    });
    // News and answers come by different ways: who is told that a run is done must have heard of all this.
    await this.tell({ kind: 'evaluated', run, test: tested });
  }
}

function shapeAfterConv({ model, settings }: Trainer): number[] {
  const [, ...extents] = model.getLayer('conv').outputShape as number[];
  return [settings.batchSize, ...extents];
}
