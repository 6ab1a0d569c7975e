import { namesText } from './weight-errors.ts';

/** Not among the types of ECMAScript, and there in every place where this runs. */
declare const console: { warn(text: string): void };

/** What {@link loadKerasModel} did with the weights of a file. Where they all fit, the three lists are empty. */
export interface LoadReport {
  /** Weights of the file that have no place in the model, or that are the optimizer's and do not fit it. */
  readonly leftOut: readonly string[];
  /** Weights of the model that are not in the file, and kept their initial values. */
  readonly initial: readonly string[];
  /** Layers none of whose weights are in the file, with the names of the models around them. */
  readonly untouched: readonly string[];
}

/** Warns, once, of what is not as in the file. */
export function warnOf({ leftOut, initial, untouched }: LoadReport): void {
  const faults = [
    ['left out, for they have no place in the model', leftOut],
    ['not in the file, so they have their initial values', initial],
    ['layers without any weight in the file', untouched],
  ] as const;
  const said = faults.filter(([, names]) => names.length > 0).map(([fault, names]) => `${fault}: ${namesText(names)}`);
  if (said.length === 0) return;
  console.warn(`[normkit] loadKerasModel, strict: false: ${said.join('; ')}. The option onReport gets this as data.`);
}
