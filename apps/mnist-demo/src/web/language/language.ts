import { type Dictionary, english } from './english.ts';
import { japanese } from './japanese.ts';

export const LANGUAGES = { en: english, ja: japanese } as const satisfies Record<string, Dictionary>;
export type Language = keyof typeof LANGUAGES;

let current: Language = 'en';
const listeners: (() => void)[] = [];

/** The page's texts in the language that is chosen now. */
export function words(): Dictionary {
  return LANGUAGES[current];
}

export function language(): Language {
  return current;
}

/** Called at every change, for what the page has written itself. */
export function onLanguage(listener: () => void): void {
  listeners.push(listener);
}

export function isLanguage(value: unknown): value is Language {
  return typeof value === 'string' && Object.hasOwn(LANGUAGES, value);
}

/** The first of the browser's languages that the page speaks. */
export function browserLanguage(): Language {
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? 'en';
}

/** Puts every text of index.html into that language: data-text names what an element says, data-label its label. */
export function speak(chosen: Language): void {
  current = chosen;
  document.documentElement.lang = chosen;
  document.title = `${words().title} · normkit`;
  for (const spoken of document.querySelectorAll<HTMLElement>('[data-text]')) {
    spoken.textContent = plain(spoken.dataset['text']);
  }
  for (const spoken of document.querySelectorAll<HTMLElement>('[data-label]')) {
    spoken.setAttribute('aria-label', plain(spoken.dataset['label']));
  }
  for (const listener of listeners) listener();
}

function plain(name = ''): string {
  const text = (words() as unknown as Record<string, unknown>)[name];
  if (typeof text !== 'string') throw new Error(`No text is called "${name}".`);
  return text;
}

export function percent(ratio: number, digits = 1): string {
  return format(ratio, { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** With so many significant digits. */
export function significant(value: number, digits = 3): string {
  return format(value, { maximumSignificantDigits: digits });
}

export function decimal(value: number): string {
  return format(value, { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: 'negative' });
}

export function whole(value: number): string {
  return format(value, { maximumFractionDigits: 0 });
}

function format(value: number, options: Intl.NumberFormatOptions): string {
  return Number.isFinite(value) ? new Intl.NumberFormat(current, options).format(value) : '–';
}
