import { LEARNING_RATES } from '../../tutorial/optimizer-names.ts';
import { isLanguage, type Language } from '../language/language.ts';
import { isNorm, isOptimizer, isWithin, NUMBERS } from './limits.ts';
import { PAGE_DEFAULTS, type PageSettings } from './page-settings.ts';

/** The settings as the part of an address after the #. */
export function toHash(settings: PageSettings, language: Language): string {
  const numbers = NUMBERS.map((name): [string, string] => [name, String(settings[name])]);
  const { norms, backend, optimizer } = settings;
  const named = { norms: norms.join(), backend, optimizer, lang: language };
  return `#${new URLSearchParams([...Object.entries(named), ...numbers])}`.replaceAll('%2C', ',');
}

/** What such an address says. Whatever it does not say, or says wrongly, is as by default. */
export function fromHash(hash: string): { readonly settings: PageSettings; readonly language?: Language } {
  const said = new URLSearchParams(hash.replace(/^#/, ''));
  const numbers = NUMBERS.flatMap((name) => {
    const text = said.get(name);
    const value = text ? Number(text) : Number.NaN;
    return isWithin(name, value) ? [[name, value] as const] : [];
  });
  const norms = said.get('norms')?.split(',').filter(isNorm) ?? [];
  const backend = said.get('backend');
  const optimizer = said.get('optimizer');
  const language = said.get('lang');
  return {
    settings: {
      ...PAGE_DEFAULTS,
      ...(isOptimizer(optimizer) && { optimizer, learningRate: LEARNING_RATES[optimizer] }),
      ...Object.fromEntries(numbers),
      ...(norms.length > 0 && { norms: [...new Set(norms)] }),
      ...(backend && { backend }),
    },
    ...(isLanguage(language) && { language }),
  };
}
