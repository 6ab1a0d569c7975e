import type { BackendName } from '@normkit/shelf/backends';
import type { Remote } from 'comlink';
import { element, make } from '../elements.ts';
import { onLanguage, words } from '../language/language.ts';
import { isBusy, newRun, progressOf, type Run, titleOf } from '../runs/run.ts';
import type { RunStore } from '../runs/run-store.ts';
import { reasonOf } from '../runs/training.ts';
import type { Kept, RunId, SavedRun, Service } from '../service.ts';
import { pickedFiles, saveFiles } from './model-files.ts';

/** Keeps the model in use, and brings kept ones back as runs that can go on. */
export class ModelPanel {
  private readonly service: Remote<Service>;
  private readonly store: RunStore;
  private readonly backend: () => BackendName;
  private readonly keep = element('keep', HTMLButtonElement);
  private readonly download = element('download', HTMLButtonElement);
  private readonly upload = element('upload', HTMLInputElement);
  private readonly status = element('model-status', HTMLElement);

  constructor(service: Remote<Service>, store: RunStore, backend: () => BackendName) {
    this.service = service;
    this.store = store;
    this.backend = backend;
    this.keep.onclick = () => this.attempt((run) => this.keepInBrowser(run));
    this.download.onclick = () =>
      this.attempt(async (run) => saveFiles(await service.toFiles(keptOf(run)), `normkit-${run.settings.norm}`));
    this.upload.onchange = () => this.attempt(() => this.openFiles());
    onLanguage(() => void this.list());
    void this.list();
  }

  draw(): void {
    const run = this.store.runInUse;
    const canSave = run !== undefined && run.losses.length > 0;
    this.keep.disabled = !canSave;
    this.download.disabled = !canSave;
    this.upload.disabled = this.store.runs.some(isBusy);
  }

  private async attempt(task: (run: Run) => Promise<void>): Promise<void> {
    try {
      await task(this.store.runInUse as Run);
    } catch (error) {
      this.status.textContent = words().cannot(reasonOf(error));
    }
    this.upload.value = '';
  }

  private async keepInBrowser(run: Run): Promise<void> {
    const when = new Date().toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '.');
    const name = `${run.settings.norm} ${when}`;
    await this.service.toBrowser(name, keptOf(run));
    this.status.textContent = words().saved(name);
    await this.list();
  }

  private async openFiles(): Promise<void> {
    const files = await pickedFiles(this.upload.files);
    if (!files) this.status.textContent = words().pickTwo;
    else await this.bring((id) => this.service.fromFiles(id, files, this.backend()));
  }

  private async bring(load: (id: RunId) => Promise<SavedRun>): Promise<void> {
    const id = this.store.nextId();
    const saved = await load(id);
    const run = newRun(id, this.store.freeColour(), saved.settings, this.backend(), saved);
    run.status = progressOf(run) < 1 ? 'paused' : 'done';
    this.store.inUse = id;
    this.store.add(run);
    this.status.textContent = words().loaded(titleOf(run));
    await this.service.observe();
  }

  private async list(): Promise<void> {
    const names = await this.service.inBrowser();
    const items = names.map((name) => {
      const load = make('button', { type: 'button', textContent: words().load, ariaLabel: words().loadNamed(name) });
      load.onclick = () => this.attempt(() => this.bring((id) => this.service.fromBrowser(id, name, this.backend())));
      const remove = make('button', { type: 'button', textContent: '×', ariaLabel: words().removeNamed(name) });
      remove.onclick = () =>
        this.attempt(async () => {
          await this.service.removeFromBrowser(name);
          this.status.textContent = words().removed(name);
          await this.list();
        });
      return make('li', {}, make('span', { textContent: name }), load, remove);
    });
    element('kept', HTMLElement).replaceChildren(...items);
  }
}

/** Numbers to five digits: a chart shows no more. */
function keptOf({ losses, accuracies, milliseconds, data }: Run): Kept {
  const short = (values: readonly number[]) => values.map((value) => Number(value.toPrecision(5)));
  return { history: { losses: short(losses), accuracies: short(accuracies), milliseconds: short(milliseconds) }, data };
}
