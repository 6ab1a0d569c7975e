import type { BackendName } from '@normkit/shelf/backends';
import { LEARNING_RATES, OPTIMIZERS, type OptimizerName } from '../../tutorial/optimizer-names.ts';
import { DEFAULTS } from '../../tutorial/settings.ts';
import { element, make } from '../elements.ts';
import { onLanguage, words } from '../language/language.ts';
import type { BackendInfo } from '../service.ts';
import { isNorm, LIMITS, NUMBERS } from './limits.ts';
import type { PageSettings } from './page-settings.ts';

/** The form of settings: the only place that knows its fields. */
export class SettingsForm {
  private readonly form = element('settings', HTMLFormElement);
  private readonly backends = element('backend', HTMLSelectElement);
  private readonly optimizers = element('optimizer', HTMLSelectElement);
  private wanted = '';
  private lastOptimizer = DEFAULTS.optimizer;

  constructor() {
    for (const name of NUMBERS) {
      const { least, most, isWhole } = LIMITS[name];
      const field = element(name, HTMLInputElement);
      Object.assign(field, { min: least, max: most, step: isWhole ? 1 : 'any' });
    }
    this.optimizers.append(...OPTIMIZERS.map((value) => make('option', { value })));
    this.optimizers.addEventListener('input', () => this.suitOptimizer());
    onLanguage(() => this.nameOptions());
  }

  /** Fills the list of backends, which only the worker knows. */
  offer(known: readonly BackendInfo[]): void {
    for (const { name, isHere } of known) {
      if (isHere) this.backends.append(make('option', { value: name }));
    }
    this.nameOptions();
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
    return { ...values, norms, optimizer: this.optimizer, backend: this.backend };
  }

  write(settings: PageSettings): void {
    for (const name of NUMBERS) element(name, HTMLInputElement).value = String(settings[name]);
    for (const field of this.norms()) field.checked = (settings.norms as readonly string[]).includes(field.value);
    this.optimizers.value = settings.optimizer;
    this.lastOptimizer = settings.optimizer;
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

  private get optimizer(): OptimizerName {
    return this.optimizers.value as OptimizerName;
  }

  /** Another optimizer gets the learning rate that suits it, where the last one had its own. */
  private suitOptimizer(): void {
    const rate = element('learningRate', HTMLInputElement);
    if (rate.valueAsNumber === LEARNING_RATES[this.lastOptimizer]) rate.value = String(LEARNING_RATES[this.optimizer]);
    this.lastOptimizer = this.optimizer;
  }

  private nameOptions(): void {
    for (const option of this.backends.options) option.textContent = words().backends[option.value] ?? option.value;
    for (const option of this.optimizers.options)
      option.textContent = words().optimizers[option.value as OptimizerName];
  }
}
