import type { BackendName } from '@normkit/shelf/backends';
import type { RealNorm } from '@normkit/shelf/tutorial/norm-names';
import { SIDE } from '@normkit/shelf/tutorial/picture';
import type { IdxSource } from '../../data/read-idx.ts';
import type { Settings } from '../../tutorial/settings.ts';
import type { DataInfo, Kept, ModelFiles, PickedModel, Picture, RunId, SavedRun, Service, Tell } from '../service.ts';
import { answerTo } from './answers.ts';
import { currentBackend, knownBackends, useBackend } from './backends.ts';
import { removeStored, storedModel, storedNames, storeModel } from './browser-models.ts';
import { ChosenDigits } from './chosen-digits.ts';
import { DeviceTurns } from './device-turns.ts';
import { loadRun } from './load-run.ts';
import { artifactsOfFiles } from './loaded-model.ts';
import { race } from './norm-time.ts';
import { OpenRuns } from './open-runs.ts';
import { artifactsOf, filesOf } from './saved-model.ts';
import { TrainingLoop } from './training-loop.ts';

/** What the page asks for, each thing in its turn. */
export class Session implements Service {
  private tell: Tell = () => undefined;
  private readonly digits = new ChosenDigits();
  private readonly runs = new OpenRuns(this.digits);
  private readonly turns = new DeviceTurns(this.runs, (news) => this.tell(news));
  private readonly loop = new TrainingLoop(this.runs, this.digits, this.turns, (news) => this.tell(news));

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

  train(run: RunId, settings: Settings, backend: BackendName): Promise<'done' | 'paused'> {
    return this.loop.train(async () => ({ run, trainer: await this.runs.change(run, settings, backend) }));
  }

  pause(): void {
    this.loop.pause();
  }

  move(backend: BackendName): Promise<void> {
    return this.turns.onDevice(async () => {
      const before = currentBackend();
      try {
        await this.runs.open?.trainer.moveTo(() => useBackend(backend));
      } catch (error) {
        await useBackend(before);
        throw error;
      }
    });
  }

  select(run: RunId, settings: Settings, backend: BackendName): Promise<void> {
    return this.turns.take(async () => {
      if (this.runs.open?.run !== run) await this.runs.change(run, settings, backend);
    });
  }

  observe(): Promise<void> {
    return this.turns.onDevice(async () => {
      if (this.runs.open) await this.loop.look(this.runs.open);
    });
  }

  forget(run: RunId): Promise<void> {
    return this.turns.take(() => {
      this.digits.forget(run);
      this.runs.forget(run);
    });
  }

  predict(pixels: Uint8Array): Promise<readonly number[] | undefined> {
    return this.turns.onDevice(async () => {
      const { open } = this.runs;
      return open && answerTo(pixels, open.trainer.model);
    });
  }

  toFiles(kept: Kept): Promise<ModelFiles> {
    return this.turns.onDevice(async () => filesOf(await artifactsOf(this.runs.opened().trainer, kept)));
  }

  toBrowser(name: string, kept: Kept): Promise<void> {
    return this.turns.onDevice(async () => storeModel(name, await artifactsOf(this.runs.opened().trainer, kept)));
  }

  fromFiles(run: RunId, files: PickedModel, backend: BackendName): Promise<SavedRun> {
    const model = { name: files.name, read: async () => artifactsOfFiles(files) };
    return this.turns.take(() => loadRun(this.runs, run, model, backend));
  }

  fromBrowser(run: RunId, name: string, backend: BackendName): Promise<SavedRun> {
    const model = { name: `"${name}" is of no use, remove it`, read: () => storedModel(name) };
    return this.turns.take(() => loadRun(this.runs, run, model, backend));
  }

  race(norm: RealNorm, batchSize: number, backend: BackendName) {
    // What the tutorial's convolution makes of a batch: ten pictures of 26 × 26.
    return race(norm, [batchSize, SIDE - 2, SIDE - 2, 10], backend);
  }
}
