import type { BackendName } from '@normkit/shelf/backends';
import type { RealNorm } from '@normkit/shelf/tutorial/norm-names';
import { SIDE } from '@normkit/shelf/tutorial/picture';
import type * as tf from '@tensorflow/tfjs';
import { DataError } from '../../data/data-error.ts';
import type { IdxSource } from '../../data/read-idx.ts';
import { activationsOf } from '../../tutorial/activations.ts';
import { countOf } from '../../tutorial/digits.ts';
import type { Settings } from '../../tutorial/settings.ts';
import { type Checkpoint, evaluate, Trainer } from '../../tutorial/trainer.ts';
import type { DataInfo, Kept, ModelFiles, PickedModel, Picture, RunId, SavedRun, Service, Tell } from '../service.ts';
import { answerTo, requireAnswer } from './answers.ts';
import { canBeLost, currentBackend, knownBackends, leaveLostBackend, useBackend } from './backends.ts';
import { removeStored, storedModel, storedNames, storeModel } from './browser-models.ts';
import { ChosenDigits } from './chosen-digits.ts';
import { DeviceLost, whileDeviceLives } from './device-watch.ts';
import { requireLayers } from './layers-fit.ts';
import { artifactsOfFiles, loadedFrom } from './loaded-model.ts';
import { race, timeNorm } from './norm-time.ts';
import { artifactsOf, filesOf } from './saved-model.ts';
import { messagesIn, Turns } from './turns.ts';

/** Milliseconds between looks at the activations and the norm's own time, each of which costs about a step. */
const LOOK_EVERY = 1500;

interface Open {
  readonly run: RunId;
  readonly trainer: Trainer;
}

/** One model at a time is open; of the other runs there are checkpoints. */
export class Session implements Service {
  private readonly turns = new Turns();
  private readonly checkpoints = new Map<RunId, Checkpoint>();
  private readonly digits = new ChosenDigits();
  private open: Open | undefined;
  private isPausing = false;
  private looked = 0;
  private tell: Tell = () => undefined;

  backends = knownBackends;
  inBrowser = storedNames;
  removeFromBrowser = removeStored;

  listen(tell: Tell): void {
    this.tell = tell;
  }

  async useBuiltInDigits(): Promise<DataInfo> {
    return this.digits.useBuiltIn();
  }

  useFiles(files: readonly IdxSource[]): Promise<DataInfo> {
    return this.digits.useFiles(files);
  }

  async testPicture(index: number): Promise<Picture> {
    return this.digits.testPicture(index);
  }

  async enlist(runs: readonly RunId[]): Promise<DataInfo> {
    return this.digits.enlist(runs);
  }

  async train(run: RunId, settings: Settings, backend: BackendName): Promise<'done' | 'paused'> {
    this.isPausing = false;
    const trainer = await this.turns.take(() => this.openRun(run, settings, backend));
    this.tell({ kind: 'began', run, settings: trainer.settings });
    for (let isDone = false; !isDone; ) {
      if (this.isPausing) return 'paused';
      isDone = await this.onDevice(() => this.proceed());
      await messagesIn();
    }
    return 'done';
  }

  pause(): void {
    this.isPausing = true;
  }

  move(backend: BackendName): Promise<void> {
    return this.onDevice(async () => {
      const before = currentBackend();
      try {
        await this.open?.trainer.moveTo(() => useBackend(backend));
      } catch (error) {
        await useBackend(before);
        throw error;
      }
    });
  }

  select(run: RunId, settings: Settings, backend: BackendName): Promise<void> {
    return this.turns.take(async () => {
      if (this.open?.run !== run) await this.openRun(run, settings, backend);
    });
  }

  observe(): Promise<void> {
    return this.onDevice(async () => {
      if (this.open) await this.look(this.open);
    });
  }

  forget(run: RunId): Promise<void> {
    return this.turns.take(() => {
      this.digits.forget(run);
      this.drop(run);
    });
  }

  predict(pixels: Uint8Array): Promise<readonly number[] | undefined> {
    return this.onDevice(async () => {
      if (!this.open) return undefined;
      return answerTo(pixels, this.open.trainer.model);
    });
  }

  toFiles(kept: Kept): Promise<ModelFiles> {
    return this.onDevice(async () => filesOf(await artifactsOf(this.opened().trainer, kept)));
  }

  toBrowser(name: string, kept: Kept): Promise<void> {
    return this.onDevice(async () => storeModel(name, await artifactsOf(this.opened().trainer, kept)));
  }

  fromFiles(run: RunId, files: PickedModel, backend: BackendName): Promise<SavedRun> {
    return this.load(run, backend, files.name, async () => artifactsOfFiles(files));
  }

  fromBrowser(run: RunId, name: string, backend: BackendName): Promise<SavedRun> {
    return this.load(run, backend, `"${name}" is of no use, remove it`, () => storedModel(name));
  }

  race(norm: RealNorm, batchSize: number, backend: BackendName) {
    // What the tutorial's convolution makes of a batch: ten pictures of 26 × 26.
    return race(norm, [batchSize, SIDE - 2, SIDE - 2, 10], backend);
  }

  private opened(): Open {
    if (!this.open) throw new Error('There is no model yet: train one, or load one.');
    return this.open;
  }

  private load(
    run: RunId,
    backend: BackendName,
    name: string,
    read: () => Promise<tf.io.ModelArtifacts>,
  ): Promise<SavedRun> {
    return this.turns.take(async () => {
      const before = this.open && {
        run: this.open.run,
        settings: this.open.trainer.settings,
        backend: currentBackend(),
      };
      try {
        const { saved, checkpoint, topology } = loadedFrom(await read());
        this.checkpoints.set(run, checkpoint);
        const { model } = await this.openRun(run, saved.settings, backend);
        requireLayers(model, topology);
        await requireAnswer(model);
        return saved;
      } catch (error) {
        this.drop(run);
        if (before && !this.open) await this.openRun(before.run, before.settings, before.backend);
        throw new DataError(`${name}: ${error instanceof Error ? error.message : error}`);
      }
    });
  }

  private drop(run: RunId): void {
    this.checkpoints.delete(run);
    if (this.open?.run !== run) return;
    this.open.trainer.dispose();
    this.open = undefined;
  }

  /** Opens a run where it stood, if it did; of the one that was open a checkpoint stays. */
  private async openRun(run: RunId, settings: Settings, backend: BackendName): Promise<Trainer> {
    if (this.open) {
      this.checkpoints.set(this.open.run, await this.open.trainer.checkpoint());
      this.open.trainer.dispose();
      this.open = undefined;
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
    this.open = { run, trainer };
    return trainer;
  }

  /** Does a task in its turn; if the device is lost meanwhile, again on another, from the last checkpoint. */
  private onDevice<T>(task: () => Promise<T>): Promise<T> {
    return this.turns.take(async () => {
      try {
        return await whileDeviceLives(task);
      } catch (error) {
        if (!(error instanceof DeviceLost && this.open)) throw error;
        await this.recover(this.open);
        return await task();
      }
    });
  }

  private async recover({ run, trainer }: Open): Promise<void> {
    trainer.dispose();
    this.open = undefined;
    const backend = leaveLostBackend();
    const { steps } = await this.openRun(run, trainer.settings, backend);
    this.tell({ kind: 'lost', run, backend, steps });
  }

  /** The next step of the run that is open, or what follows the last one. Says whether that was all. */
  private async proceed(): Promise<boolean> {
    const { run, trainer } = this.opened();
    const { isDone } = trainer;
    if (!isDone) this.tell({ kind: 'stepped', run, step: await trainer.step() });
    if (isDone || performance.now() - this.looked > LOOK_EVERY) {
      if (canBeLost()) this.checkpoints.set(run, await trainer.checkpoint());
      await this.look({ run, trainer });
      this.looked = performance.now();
    }
    if (isDone) await this.evaluate({ run, trainer });
    return isDone;
  }

  private async look({ run, trainer }: Open): Promise<void> {
    const { norm } = trainer.settings;
    const activations = await activationsOf(trainer.model, this.digits.of(run).test);
    const normMilliseconds = norm === 'none' ? 0 : await timeNorm(norm, shapeAfterConv(trainer));
    this.tell({ kind: 'observed', run, activations, normMilliseconds });
  }

  private async evaluate({ run, trainer }: Open): Promise<void> {
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
