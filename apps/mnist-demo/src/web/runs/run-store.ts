import type { DataInfo, RunId } from '../service.ts';
import type { Run } from './run.ts';

/** Milliseconds between two drawings while it trains: more often than anybody reads. */
const DRAW_EVERY = 120;

/** The runs, and who wants to know of changes. */
export class RunStore {
  private readonly all: Run[] = [];
  private readonly listeners: (() => void)[] = [];
  private isDue = false;
  private latest: RunId = 0;
  /** The run whose model draws, predicts and is saved. */
  inUse: RunId | undefined;
  /** The digits that are chosen now. */
  chosen: DataInfo | undefined;

  get runs(): readonly Run[] {
    return this.all;
  }

  get runInUse(): Run | undefined {
    return this.inUse === undefined ? undefined : this.find(this.inUse);
  }

  find(id: RunId): Run | undefined {
    return this.all.find((run) => run.id === id);
  }

  nextId(): RunId {
    return ++this.latest;
  }

  /** The first colour that no run has. */
  freeColour(): number {
    const taken = new Set(this.all.map(({ colour }) => colour));
    let colour = 0;
    while (taken.has(colour)) colour++;
    return colour;
  }

  add(run: Run): void {
    this.all.push(run);
    this.changed();
  }

  remove(id: RunId): void {
    const index = this.all.findIndex((run) => run.id === id);
    if (index >= 0) this.all.splice(index, 1);
    if (this.inUse === id) this.inUse = undefined;
    this.changed();
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Tells the listeners, at most so often. */
  changed(): void {
    if (this.isDue) return;
    this.isDue = true;
    setTimeout(() => {
      this.isDue = false;
      for (const listener of this.listeners) listener();
    }, DRAW_EVERY);
  }
}
