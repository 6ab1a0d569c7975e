import { element, make } from './elements.ts';
import { onLanguage, words } from './language/language.ts';
import type { BackendInfo } from './service.ts';

/** Says in a line each what this browser, or the server of this page, does not give. The page carries on without. */
export function showNotices(backends: readonly BackendInfo[]): void {
  const list = element('notices', HTMLElement);
  const show = () => {
    const absent = backends.filter(({ isHere }) => !isHere).map(({ label }) => words().absentBackend(label));
    const lines = crossOriginIsolated ? absent : [words().notIsolated, ...absent];
    list.replaceChildren(...lines.map((textContent) => make('li', { textContent })));
    list.hidden = lines.length === 0;
  };
  onLanguage(show);
  show();
}
