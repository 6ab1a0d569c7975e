import { element, make } from '../elements.ts';
import { onLanguage, words } from '../language/language.ts';
import type { BackendInfo } from '../service.ts';
import type { BackendName } from '../worker/backends.ts';
import { isNorm, LIMITS, NUMBERS } from './limits.ts';
import type { PageSettings } from './page-settings.ts';

/** The form of settings: the only place that knows its fields. */
export class SettingsForm {
  private readonly form = element('settings', HTMLFormElement);
  private readonly backends = element('backend', HTMLSelectElement);

  private wanted = '';

  constructor() {
    for (const name of NUMBERS) {
      const { least, most, isWhole } = LIMITS[name];
      const field = element(name, HTMLInputElement);
      Object.assign(field, { min: least, max: most, step: isWhole ? 1 : 'any' });
    }
    onLanguage(() => this.nameBackends());
  }

  /** Fills the list of backends, which only the worker knows. */
  offer(known: readonly BackendInfo[]): void {
    for (const { name, isHere } of known) {
      if (isHere) this.backends.append(make('option', { value: name }));
    }
    this.nameBackends();
    this.choose(this.wanted);
  }

  get backend(): BackendName {
    return this.backends.value as BackendName;
  }

  set backend(name: BackendName) {
    this.backends.value = name;
  }

  read(): PageSettings {
    const numbers = NUMBERS.map((name) => [name, element(name, HTMLInputElement).valueAsNumber] as const);
    const norms = this.norms()
      .filter(({ checked }) => checked)
      .map(({ value }) => value)
      .filter(isNorm);
    const values = Object.fromEntries(numbers) as Record<(typeof NUMBERS)[number], number>;
    return { ...values, norms, backend: this.backend };
  }

  write(settings: PageSettings): void {
    for (const name of NUMBERS) element(name, HTMLInputElement).value = String(settings[name]);
    for (const field of this.norms()) field.checked = (settings.norms as readonly string[]).includes(field.value);
    this.choose(settings.backend);
  }

  /** Whether it can be trained with; the browser says which field cannot. */
  isValid(): boolean {
    const [first] = this.norms();
    first?.setCustomValidity(this.read().norms.length === 0 ? words().oneNorm : '');
    return this.form.reportValidity();
  }

  onChange(listener: () => void): void {
    this.form.addEventListener('input', () => {
      this.norms()[0]?.setCustomValidity('');
      listener();
    });
  }

  onSubmit(listener: () => void): void {
    this.form.noValidate = true;
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.isValid()) listener();
    });
  }

  onBackend(listener: (backend: BackendName) => void): void {
    this.backends.addEventListener('change', () => listener(this.backend));
  }

  /** The first, where there is none of that name. */
  private choose(backend: string): void {
    this.wanted = backend;
    this.backends.value = backend;
    if (this.backends.selectedIndex < 0) this.backends.selectedIndex = 0;
  }

  private norms(): HTMLInputElement[] {
    return [...this.form.querySelectorAll<HTMLInputElement>('input[name=norm]')];
  }

  private nameBackends(): void {
    for (const option of this.backends.options) option.textContent = words().backends[option.value] ?? option.value;
  }
}
