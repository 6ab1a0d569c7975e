import { CLASSES, PIXELS } from '@normkit/shelf/tutorial/picture';
import type { Remote } from 'comlink';
import { element, make } from '../elements.ts';
import { onLanguage, percent, words } from '../language/language.ts';
import { isBusy } from '../runs/run.ts';
import type { RunStore } from '../runs/run-store.ts';
import type { Service } from '../service.ts';
import { centred } from './centred.ts';
import { KeyboardPen } from './keyboard-pen.ts';
import { Pad, showPicture } from './pad.ts';

/** What is on the pad now. */
interface Asked {
  readonly pixels: Uint8Array;
  /** Of a test picture. */
  readonly label?: number;
}

/** The pad, and what the model in use reads there; while it trains the answer changes with it. */
export class TryIt {
  private readonly service: Remote<Service>;
  private readonly store: RunStore;
  private readonly answer = element('answer', HTMLElement);
  private readonly index = element('test-picture', HTMLInputElement);
  private readonly rows = Array.from({ length: CLASSES }, (_, digit) => new ProbabilityRow(digit));
  private readonly pad: Pad;
  private asked: Asked | undefined;
  private isAsking = false;
  private isStale = false;

  constructor(service: Remote<Service>, store: RunStore) {
    this.service = service;
    this.store = store;
    this.pad = new Pad(element('pad', HTMLCanvasElement), () => this.ask({ pixels: centred(this.pad.read()) }));
    new KeyboardPen(this.pad);
    element('probabilities', HTMLElement).append(...this.rows.map((row) => row.element));
    showPicture(element('seen', HTMLCanvasElement), new Uint8Array(PIXELS));
    element('clear', HTMLButtonElement).onclick = () => this.clear();
    element('previous', HTMLButtonElement).onclick = () => this.pick(-1);
    element('next', HTMLButtonElement).onclick = () => this.pick(1);
    this.index.onchange = () => this.pick(0);
    onLanguage(() => this.refresh());
    this.show(undefined);
  }

  /** Other digits were chosen. */
  setTestPictures(count: number): void {
    this.index.max = String(count);
    void this.showTestPicture();
  }

  /** The model has changed. */
  refresh(): void {
    void this.predict();
  }

  private clear(): void {
    this.pad.clear();
    this.ask({ pixels: undefined });
  }

  private pick(by: number): void {
    const most = Number(this.index.max) || 1;
    const wanted = (this.index.valueAsNumber || 1) + by;
    this.index.value = String(((wanted - 1 + most) % most) + 1);
    void this.showTestPicture();
  }

  private async showTestPicture(): Promise<void> {
    const { pixels, label } = await this.service.testPicture(this.index.valueAsNumber - 1);
    this.pad.show(pixels);
    this.ask({ pixels, label });
  }

  private ask({ pixels, ...rest }: Omit<Asked, 'pixels'> & { pixels: Uint8Array | undefined }): void {
    this.asked = pixels && { pixels, ...rest };
    showPicture(element('seen', HTMLCanvasElement), pixels ?? new Uint8Array(PIXELS));
    void this.predict();
  }

  /** One question at a time; the last of those that come meanwhile is asked afterwards. */
  private async predict(): Promise<void> {
    this.isStale = true;
    if (this.isAsking) return;
    this.isAsking = true;
    while (this.isStale) {
      this.isStale = false;
      const { asked } = this;
      const hasModel = (this.store.runInUse?.losses.length ?? 0) > 0;
      const probabilities = asked && hasModel ? await this.read(asked) : undefined;
      if (this.asked === asked) this.show(probabilities, asked?.label);
    }
    this.isAsking = false;
  }

  private async read({ pixels }: Asked): Promise<readonly number[] | undefined> {
    try {
      return await this.service.predict(pixels);
    } catch {
      // A device was lost, or a model removed: there will be another question.
      return undefined;
    }
  }

  private show(probabilities: readonly number[] | undefined, label?: number): void {
    const best = Math.max(...(probabilities ?? [0]));
    for (const [digit, row] of this.rows.entries()) row.show(probabilities?.[digit], probabilities?.[digit] === best);
    const text = probabilities ? this.sentence(probabilities.indexOf(best), best, label) : this.silence();
    // The same words again would be read out again.
    if (this.answer.textContent !== text) this.answer.textContent = text;
    // While it trains the answer changes many times a second: to be seen, not to be read out.
    this.answer.ariaLive = this.store.runs.some(isBusy) ? 'off' : 'polite';
  }

  private sentence(digit: number, probability: number, label: number | undefined): string {
    const sure = percent(probability, 0);
    return label === undefined ? words().answer(digit, sure) : words().answerOf(digit, sure, label);
  }

  private silence(): string {
    return this.store.runInUse ? '' : words().noModel;
  }
}

class ProbabilityRow {
  private readonly bar = make('span', { className: 'bar', ariaHidden: 'true' });
  private readonly value = make('span', { className: 'value' });
  readonly element: HTMLLIElement;

  constructor(digit: number) {
    this.element = make('li', {}, make('span', { textContent: String(digit) }), this.bar, this.value);
  }

  show(probability: number | undefined, isBest: boolean): void {
    this.element.classList.toggle('best', isBest && probability !== undefined);
    this.bar.style.setProperty('--share', String(probability ?? 0));
    this.value.textContent = probability === undefined ? '' : percent(probability, 0);
  }
}
