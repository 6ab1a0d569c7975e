import { DeviceLost, whileDeviceLives } from '@normkit/training';
import type { Tell } from '../service.ts';
import type { OpenRun, OpenRuns } from './open-runs.ts';
import { Turns } from './turns.ts';

/** What a run goes on with: it has no device to lose. */
const AFTER_A_LOSS = 'wasm';

/** Does tasks in turn on the current device, and replaces one that is lost. */
export class DeviceTurns {
  private readonly turns = new Turns();
  private readonly runs: OpenRuns;
  private readonly tell: Tell;

  constructor(runs: OpenRuns, tell: Tell) {
    this.runs = runs;
    this.tell = tell;
  }

  /** Does a task in its turn. */
  take<T>(task: () => T | Promise<T>): Promise<T> {
    return this.turns.take(task);
  }

  /** Does a task in its turn; if the device is lost meanwhile, again on another, from the last checkpoint. */
  onDevice<T>(task: () => Promise<T>): Promise<T> {
    return this.turns.take(async () => {
      try {
        return await whileDeviceLives(task);
      } catch (error) {
        const { open } = this.runs;
        if (!(error instanceof DeviceLost && open)) throw error;
        await this.recover(open);
        return await task();
      }
    });
  }

  private async recover({ run, trainer }: OpenRun): Promise<void> {
    this.runs.abandon();
    const { steps } = await this.runs.change(run, trainer.settings, AFTER_A_LOSS);
    this.tell({ kind: 'lost', run, backend: AFTER_A_LOSS, steps });
  }
}
