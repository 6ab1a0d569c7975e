import { element, make } from './elements.ts';
import { onLanguage, words } from './language/language.ts';
import type { BackendInfo } from './service.ts';

/** What stays to be read: a line each for what this browser, or the server of this page, does not give. */
export class Notices {
  private readonly list = element('notices', HTMLElement);
  private readonly lines: (() => string)[];

  constructor(backends: readonly BackendInfo[]) {
    const absent = backends.filter(({ isHere }) => !isHere);
    this.lines = absent.map(
      ({ label }) =>
        () =>
          words().absentBackend(label),
    );
    if (!crossOriginIsolated) this.lines.unshift(() => words().notIsolated);
    onLanguage(() => this.show());
    this.show();
  }

  add(line: () => string): void {
    this.lines.push(line);
    this.show();
  }

  private show(): void {
    this.list.replaceChildren(...this.lines.map((line) => make('li', { textContent: line() })));
    this.list.hidden = this.lines.length === 0;
  }
}
