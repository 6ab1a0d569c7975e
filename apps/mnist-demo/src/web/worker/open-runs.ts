import type { BackendName } from '@normkit/shelf/backends';
import type { Settings } from '../../tutorial/settings.ts';
import { type Checkpoint, Trainer } from '../../tutorial/trainer.ts';
import type { RunId } from '../service.ts';
import { useBackend } from './backends.ts';
import type { ChosenDigits } from './chosen-digits.ts';

export interface OpenRun {
  readonly run: RunId;
  readonly trainer: Trainer;
}

/** One run at a time is open: its model is the one in use. Of the other runs there are checkpoints. */
export class OpenRuns {
  private readonly digits: ChosenDigits;
  private readonly checkpoints = new Map<RunId, Checkpoint>();
  private current: OpenRun | undefined;

  constructor(digits: ChosenDigits) {
    this.digits = digits;
  }

  get open(): OpenRun | undefined {
    return this.current;
  }

  /** The run that is open. Throws where there is none. */
  opened(): OpenRun {
    if (!this.current) throw new Error('There is no model yet: train one, or load one.');
    return this.current;
  }

  /** Opens a run where it stood, if it did; of the run that was open a checkpoint stays. */
  async change(run: RunId, settings: Settings, backend: BackendName): Promise<Trainer> {
    if (this.current) {
      this.keep(this.current.run, await this.current.trainer.checkpoint());
      this.abandon();
    }
    await useBackend(backend);
    const trainer = new Trainer(settings, this.digits.of(run).train);
    try {
      const checkpoint = this.checkpoints.get(run);
      if (checkpoint) await trainer.restore(checkpoint);
    } catch (error) {
      trainer.dispose();
      throw error;
    }
    this.current = { run, trainer };
    return trainer;
  }

  /** Where a run is to go on from when it is opened next. */
  keep(run: RunId, checkpoint: Checkpoint): void {
    this.checkpoints.set(run, checkpoint);
  }

  /** Closes the run that is open, without a new checkpoint. */
  abandon(): void {
    this.current?.trainer.dispose();
    this.current = undefined;
  }

  forget(run: RunId): void {
    this.checkpoints.delete(run);
    if (this.current?.run === run) this.abandon();
  }
}
